import { defineConfig } from 'vite'
import type { UserConfig } from 'vite'

const config: UserConfig = defineConfig({
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    // A data: address would need a hole in the page's content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
})

export default config
