/** The control that shows what phones add: the cloud trains alone, on public rows. */
import { describeMethod } from './describe-method.ts'
import { cloudBatchSize, update } from './shared-keys.ts'

export const cloudOnly = describeMethod({
  kind: 'cloud-only',
  title: 'the cloud alone, no phones',
  keys: { ...update, cloudBatchSize },
  onPhones: false,
  traits: (method) => ({ cloudBatchSize: method.cloudBatchSize, seesPublic: true }),
})
