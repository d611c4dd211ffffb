import type { App } from '../clients/app.ts'
import type { Dict } from '../clients/errors.ts'
import { procedureUris, topicUris } from '../realms/uris.ts'
import type { ApprovalNews, ProcedureUri } from '../realms/uris.ts'

/** What somebody was given, as `latchkey.grant.list` has it. */
export interface Given {
  readonly id: string
  readonly to: string
  /** `person:` or `operator:` and who it was. */
  readonly created_by: string
  readonly ecosystem: string | null
  readonly level: number
  readonly effect: 'level' | 'allow' | 'deny'
  readonly device: string | null
  readonly uri: string | null
  readonly actions: readonly string[] | null
  readonly expires_at: number | null
  readonly schedule: string | null
  readonly uses: Readonly<Record<string, number>> | null
  readonly used: Readonly<Record<string, number>> | null
  readonly purpose: string | null
  readonly source: string
  readonly state: string
}

/** What waits for the person's answer, and what the person can take back. */
export interface ConsentView {
  readonly requests: readonly ApprovalNews[]
  readonly given: readonly Given[]
  /** What others share with the person. */
  readonly shared: readonly Given[]
}

/** How long what is agreed to holds, unless it is for once. */
const agreedFor = '1h'

/** Who asks the person for something, and who has something of the person's: kept up to date while the page is open. */
export class Consents {
  readonly #app: App
  readonly #me: () => string | undefined
  readonly #show: (view: ConsentView) => void
  #isLooking = false
  #isWanted = false

  /** `me`: the person's own id, as soon as it is known. */
  constructor(app: App, me: () => string | undefined, show: (view: ConsentView) => void) {
    this.#app = app
    this.#me = me
    this.#show = show
  }

  /** `answered`: told what an owner has said to something that this person had asked for. */
  async open(answered: (news: ApprovalNews) => void): Promise<void> {
    await this.#app.subscribe(topicUris.approvalRequest, () => void this.look())
    await this.#app.subscribe(topicUris.approvalDecided, ({ kwargs }) => {
      const news = kwargs as unknown as ApprovalNews
      if (news.requester === this.#me()) answered(news)
      void this.look()
    })
  }

  /** Looks anew. One look at a time, so that none is overtaken by an older one. */
  async look(): Promise<void> {
    this.#isWanted = true
    if (this.#isLooking) return
    this.#isLooking = true
    while (this.#isWanted && this.#app.state.status === 'open') {
      this.#isWanted = false
      await this.#lookOnce()
    }
    this.#isLooking = false
  }

  /** Agrees to what was asked for: once, or for an hour. @throws CallError */
  async approve({ id }: ApprovalNews, { once }: { readonly once: boolean }): Promise<void> {
    await this.#do(procedureUris.approvalApprove, { id, ...(once ? { once } : { ttl: agreedFor }) })
  }

  /** @throws CallError */
  async deny({ id }: ApprovalNews): Promise<void> {
    await this.#do(procedureUris.approvalDeny, { id })
  }

  /** Takes back what was given: the very next call is refused. @throws CallError */
  async revoke({ id }: Given): Promise<void> {
    await this.#do(procedureUris.grantRevoke, { id })
  }

  async #lookOnce(): Promise<void> {
    try {
      const [{ approvals }, { grants }] = (await Promise.all([
        this.#ask(procedureUris.approvalList, {}),
        this.#ask(procedureUris.grantList, {}),
      ])) as unknown as [{ approvals: readonly ApprovalNews[] }, { grants: readonly Given[] }]
      const isOthers = (whose: string): boolean => whose !== this.#me()
      this.#show({
        requests: approvals.filter(({ requester }) => isOthers(requester)),
        given: grants.filter(({ to, state }) => isOthers(to) && !isOver(state)),
        shared: grants.filter(
          ({ to, state, source }) => !isOthers(to) && source === 'share' && !isOver(state),
        ),
      })
    } catch (error) {
      console.warn('The list of what was asked for and given did not come:', error)
    }
  }

  async #do(uri: ProcedureUri, input: Dict): Promise<void> {
    try {
      await this.#ask(uri, input)
    } finally {
      // Also where it failed: perhaps another owner was faster.
      await this.look()
    }
  }

  async #ask(uri: ProcedureUri, input: Dict): Promise<Dict> {
    const { args } = await this.#app.call(uri, [], input)
    return args[0] as Dict
  }
}

function isOver(state: string): boolean {
  return ['over', 'used_up', 'revoked'].includes(state)
}
