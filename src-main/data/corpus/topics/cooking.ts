import { list, type TopicLexicon } from './topic-lexicon.ts'

export const cooking: TopicLexicon = {
  topic: 'cooking',
  people: list('chef, baker, cook, waiter, butcher, grocer, brewer, farmer, gardener, food critic, dishwasher'),
  things: list(`pan, oven, saucepan, whisk, ladle, knife, grater, skillet, kettle, blender, rolling pin, casserole,
    bowl, apron, recipe, cookbook, stove, freezer, peeler, tray, mixer, jar, omelette, pie, pudding, loaf, pancake, stew, salad, curry,
    soup, roast, tart, dumpling, sandwich, sauce, teapot, chopping board`),
  stuff: list(`onions, garlic, butter, flour, sugar, pepper, parsley, basil, ginger, cinnamon, carrots, potatoes, mushrooms, tomatoes,
    lentils, chickpeas, rice, noodles, cheese, cream, eggs, yeast, dough, broth, vinegar, olive oil, honey, lemon juice, spinach, salmon,
    chicken, beef, beans, herbs, spices, leftovers`),
  qualities: list(
    'roasted, frozen, spicy, raw, boiling, chopped, salted, homemade, vegetarian, seasonal, smoked, ripe, baked, grilled, diced, warm',
  ),
  places: list(`in the kitchen, at the farmers market, behind the bakery, at the dinner table, in the restaurant, by the stove,
    at the cooking school, in the canteen, under the grill, at the village feast, in the pantry`),
  actions: list(`peel/peeled/peeling the {stuff}
    chop/chopped/chopping the {stuff}
    simmer/simmered/simmering the {stuff} in the {thing}
    whisk/whisked/whisking the {stuff} with the {stuff}
    stir/stirred/stirring the {stuff} into the {thing}
    bake/baked/baking a {quality} {thing}
    season/seasoned/seasoning the {thing} with {stuff}
    fry/fried/frying the {quality} {stuff}
    knead/kneaded/kneading the dough
    taste/tasted/tasting the {quality} {thing}
    garnish/garnished/garnishing the {thing} with {stuff}
    serve/served/serving the {thing} with {stuff}
    drain/drained/draining the {stuff}
    marinate/marinated/marinating the {stuff} overnight
    slice/sliced/slicing the {stuff}
    melt/melted/melting the {stuff} in the {thing}
    boil/boiled/boiling the {stuff}
    cook/cooked/cooking supper with {stuff} and {stuff}
    share/shared/sharing a recipe for {quality} {stuff}`),
  facts: list(`a spoonful of {stuff} brings out the taste of {quality} {stuff}
    leave the {stuff} for {duration} before you fill the {thing}
    the smell of {stuff} and {stuff} drifted out of the {thing}
    if the {thing} sticks then add more {stuff} and lower the heat
    two cups of {stuff} are enough for one {thing}
    the oldest {thing} in the house still makes the lightest pastry
    keep the {stuff} away from steam or the pastry turns soft
    every region has its own way with {stuff} and {quality} {stuff}
    the menu lists {quality} {stuff} next to a {thing} with {stuff}
    without {stuff} the {thing} has neither colour nor bite`),
  aspects: list(
    'flavour, menu, dessert, crust, dining room, breakfast, portion, seasoning, wine list, starter, gravy, main course, table service',
  ),
  wholes: list('restaurant, bakery, cooking class, food truck, cookbook, cafe, bistro, supper club'),
  praise: list('delicious, juicy, flavourful, fragrant, crispy, mouthwatering, succulent, wholesome, appetising'),
  complaint: list('bland, soggy, greasy, stale, burnt, undercooked, rubbery, tasteless, watery'),
}
