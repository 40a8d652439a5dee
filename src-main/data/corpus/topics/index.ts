/** The six topics of the built-in corpus, by ascending name: their order is the order of the classes. */
import { cooking } from './cooking.ts'
import { health } from './health.ts'
import { money } from './money.ts'
import { sport } from './sport.ts'
import { technology } from './technology.ts'
import type { TopicLexicon } from './topic-lexicon.ts'
import { travel } from './travel.ts'

export const TOPICS: readonly TopicLexicon[] = [cooking, health, money, sport, technology, travel]
