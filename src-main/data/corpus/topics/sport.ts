import { list, type TopicLexicon } from './topic-lexicon.ts'

export const sport: TopicLexicon = {
  topic: 'sport',
  people: list('striker, goalkeeper, coach, referee, sprinter, swimmer, cyclist, defender, captain, rower, boxer, midfielder, supporter'),
  things: list(`ball, racket, helmet, whistle, trophy, medal, jersey, goalpost, net, scoreboard, hurdle, relay, penalty, tackle, marathon,
    tournament, match, league, derby, semifinal, season, championship, tiebreak, corner kick, finish line, podium,
    lap, serve, substitute, rematch, half time, team talk, world record, sprint, dive, stopwatch, canoe`),
  stuff: list(`goals, points, fouls, shin pads, training drills, tactics, sprints, free throws, push-ups, laps, fans, rivals, extra time,
    warm-ups, passes, corners, dribbles, volleys, ski poles, running shoes, team spirit, backstrokes, rebounds, sets, headers`),
  qualities: list(
    'amateur, professional, junior, national, regional, left-footed, unbeaten, injured, barefoot, athletic, muddy, indoor, Olympic, veteran',
  ),
  places: list(`in the stadium, on the pitch, at the track, in the gym, on the tennis court, in the swimming pool, at the velodrome,
    on the bench, in the locker room, near the touchline, at the training ground, on the ski slope`),
  actions: list(`score/scored/scoring two goals before the break
    miss/missed/missing the penalty
    win/won/winning the {quality} {thing}
    lose/lost/losing the {thing} on {stuff}
    train/trained/training for the {quality} {thing}
    coach/coached/coaching the {quality} team
    tackle/tackled/tackling the {person}
    lift/lifted/lifting the trophy
    practise/practised/practising {stuff} and {stuff}
    chase/chased/chasing the ball
    defend/defended/defending the lead
    cheer/cheered/cheering for the {quality} {person}
    blow/blew/blowing the whistle after the {thing}
    swim/swam/swimming forty lengths
    race/raced/racing towards the finish line
    pass/passed/passing the ball to the {person}
    break/broke/breaking the {quality} record
    join/joined/joining the {quality} league
    serve/served/serving an ace against the {person}
    stretch/stretched/stretching before the {thing}`),
  facts: list(`the {person} was substituted after {duration} because of too many {stuff}
    the {thing} ended level and went to {stuff}
    the crowd sang when the {person} reached the podium
    a {quality} {person} needs strong legs and good {stuff}
    the league table changed after the {thing} against the rivals
    the {quality} squad has gone nine games without a defeat
    only one {person} crossed the finish line in under four minutes
    the {person} pulled a hamstring during the {thing}
    the final whistle came before the {person} could shoot
    points and {stuff} decide who plays in the {quality} {thing}`),
  aspects: list(
    'defence, first half, crowd, game plan, final, stadium, warm-up, refereeing, attack, pitch, locker room, commentary, opening ceremony',
  ),
  wholes: list('match, club, tournament, race, training camp, gym, league, team'),
  praise: list('thrilling, athletic, unbeatable, fearless, energetic, heroic, agile, tireless, sportsmanlike'),
  complaint: list('sluggish, clumsy, toothless, lazy, unfit, chaotic, one-sided, dirty, spiritless'),
}
