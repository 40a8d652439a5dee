/** The error for a message that a link never delivers, because its outage has no end. */
import { RunFailed } from '#shared/errors/run-failed.ts'

export class LinkCut extends RunFailed {
  constructor(link: string, bytes: number, after: string) {
    super(
      `link ${link}: a message of ${bytes} bytes had not arrived after ${after}, so the phone is cut off; give the link more bandwidth or fewer outages, or rounds a federation.deadlineSeconds`,
    )
    this.name = 'LinkCut'
  }
}
