import { autobahnJsWays } from './autobahn-js-client.ts'
import type { InteropWay } from './client.ts'
import { pythonWays } from './python-client.ts'
import { wampyWays } from './wampy-client.ts'

/** Every client that is tried, over each of its transports and serializers. */
export const ways: readonly InteropWay[] = [...wampyWays, ...autobahnJsWays, ...pythonWays]
