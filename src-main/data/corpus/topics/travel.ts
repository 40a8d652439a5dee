import { list, type TopicLexicon } from './topic-lexicon.ts'

export const travel: TopicLexicon = {
  topic: 'travel',
  people: list('traveller, tour guide, pilot, passenger, hiker, backpacker, sailor, tourist, porter, ticket inspector, steward, pilgrim'),
  things: list(`suitcase, passport, map, compass, tent, backpack, ferry, airport, hostel, cathedral, island, harbour, railway, flight,
    border, souvenir, postcard, lighthouse, waterfall, canyon, castle, museum, itinerary, cabin, timetable, visa, bridge, volcano, temple,
    beach, village, glacier, cruise, guesthouse, caravan, platform, night train, footpath, desert, lagoon`),
  stuff: list(`luggage, boarding passes, sunscreen, guidebooks, road signs, mountains, ruins, coastlines, train tickets,
    sandals, photographs, landmarks, valleys, palm trees, night buses, delays, hiking boots, vineyards, fjords, dunes`),
  qualities: list(
    'remote, coastal, foreign, medieval, tropical, overnight, alpine, direct, southern, northern, ancient, winding, sandy, distant, offshore',
  ),
  places:
    list(`at the airport, on the ferry, at the border, in the old town, near the harbour, on the beach, at the hostel, in the mountains,
    on the night train, at the train station, by the lighthouse, along the coast`),
  actions: list(`pack/packed/packing the suitcase
    board/boarded/boarding the {quality} {thing}
    cross/crossed/crossing the {quality} {thing}
    explore/explored/exploring the {quality} {thing}
    photograph/photographed/photographing the {quality} {thing}
    hike/hiked/hiking past {stuff} and {stuff}
    visit/visited/visiting a {quality} {thing}
    book/booked/booking a room near the {thing}
    sail/sailed/sailing to the {quality} island
    wander/wandered/wandering through {stuff}
    fly/flew/flying to the {quality} coast
    climb/climbed/climbing to the {quality} {thing}
    lose/lost/losing the {stuff}
    drive/drove/driving along {stuff}
    camp/camped/camping beside the {thing}
    send/sent/sending a postcard of the {thing}
    rent/rented/renting a car near the {thing}
    land/landed/landing on the {quality} island
    follow/followed/following the {person} across the {thing}
    admire/admired/admiring the {stuff} from the {thing}`),
  facts: list(`the {quality} {thing} lies {duration} from the nearest harbour
    the flight was delayed so the {person} slept beside the luggage
    from the {thing} you can see {stuff} and a {quality} {thing}
    a visa is needed to enter through the {quality} {thing}
    the ferry leaves at dawn and passes a {quality} {thing}
    most tourists come for the {stuff} and stay for the sunsets
    no bus goes to the {thing} after the summer
    the {person} keeps a passport and {stuff} in one pocket
    the road climbs past {stuff} before it reaches the {thing}
    the itinerary had {duration} for the {thing} and the {thing}`),
  aspects: list(
    'view, hotel room, guided tour, ferry crossing, beach, old town, itinerary, campsite, check-in, hotel lobby, excursion, scenery, window seat',
  ),
  wholes: list('hotel, trip, airline, cruise, hostel, island, holiday, tour'),
  praise: list('scenic, breathtaking, unspoilt, picturesque, sunny, idyllic, hospitable, cosy, panoramic'),
  complaint: list('overcrowded, shabby, touristy, seasick, cramped, dusty, deserted, noisy, mosquito-ridden'),
}
