/**
 * Every property is drawn from one seed, so that a gate that passed passes again. `FAST_CHECK_SEED=7 npx vitest run tests/unit` draws others: that is
 * how to look for what the usual ones miss.
 */
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? 1) })
