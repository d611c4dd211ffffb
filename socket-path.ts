/** The longest path of a Unix socket that Linux takes (sun_path, without its closing zero). */
export const longestSocketPathBytes = 107
