// What English voices say.
import { lines, listed, type Grammar } from '../grammar.ts';

/** Sentences of daily life. */
export const english: Grammar = {
  sentence: lines(`
    {name} {past} {thing} {place}.
    {name} {past} {thing}, and {name} {past} {thing}.
    {person} {past} {thing} {time}.
    {time} {person} will {verb} {thing} {place}.
    Did {person} {verb} {thing}?
    Why should {person} {verb} {thing} {time}?
    Could you please {verb} {thing}?
    Where can I {verb} {thing}, {name}?
    Have you ever seen {thing} {place}?
    How many {plural} does {name} need?
    {name} has {number} {plural} and {number} {plural}.
    The number is {number}, not {number}.
    Call me at {digit} {digit} {digit}, {digit} {digit} {digit} {digit}.
    It was {adjective} and {adjective}, but {name} {past} {thing}.
    What a {adjective} {noun}!
    My {noun} is more {adjective} than yours.
    We {verb} {thing} because {person} {past} {thing}.
    Never {verb} {thing} without {plural}.
    I am {name}, and this is my friend {name}.
    {greeting}, {name}. {question}
    {greeting}. My name is {name}, and I come from {town}.
    From {town} to {town} it is {number} miles.
    If you {verb} {thing}, {person} might {verb} {thing}.
    {adverb}, {person} {past} {thing} {place}.
    The {adjective} {noun} and the {adjective} {noun} are {place}.
    {person} would rather {verb} {thing} than {verb} {thing}.
    Nobody knows {question}
  `),
  name: listed(
    `Bob, Mary, Peter, Paul, Pam, Sophie, Victor, Emma, Philip, Beth, Thomas, Maria, Joe, Abigail, Hugh, Wanda, Umberto,
    Mabel, Fiona, Oliver, Chip, Shirley, Ben, Priya, Ahmed, Yuki, Monty, Phoebe, Barbara, Mike`,
  ),
  person: listed(
    `my father, my mother, the baker, our neighbor, the farmer, a young woman, the old man, everybody, the whole family,
    the bus driver, my boss, somebody, the teacher, your brother, the mayor, a pilot, she, he, they, we`,
  ),
  past: listed(
    `bought, brought, found, opened, kept, painted, sold, forgot, moved, saved, wrapped, dropped, carried, built, broke,
    remembered, wanted, measured, described, photographed, lifted, warmed, threw away, gave up, watched, made, borrowed`,
  ),
  verb: listed(
    `buy, bring, find, open, keep, paint, sell, forget, move, save, wrap, drop, carry, build, break, remember, want,
    measure, describe, photograph, lift, warm, throw away, give up, watch, make, borrow, prepare, improve, observe`,
  ),
  thing: listed(
    `{article} {noun}, {article} {adjective} {noun}, {number} {plural}, {owner} {noun}, {owner} {adjective} {noun}, some {plural}`,
  ),
  article: listed('the, a big, every, this, that, another, the very same'),
  owner: listed("my, your, his, her, our, their, {name}'s, the neighbor's"),
  noun: listed(
    `map, book, bottle, apple, boat, window, paper, lamp, table, mirror, ship, village, piano, umbrella, camera, problem,
    book of poems, cup of tea, bowl of soup, farm, bridge, movie, photograph, blue shirt, pumpkin, trumpet, number, box,
    thumb, mouth, garden, journey, treasure, measure, oil painting, choice, house, couch, voice, church, watch, judge, phone`,
  ),
  plural: listed(
    `apples, pumps, beans, people, maps, problems, months, pieces, shoes, pictures, towers, boys, babies, films, moments,
    bottles, thieves, leaves, voices, mushrooms, oysters, chairs, hours, pages, numbers, umbrellas, tomatoes`,
  ),
  adjective: listed(
    `beautiful, big, small, warm, empty, famous, perfect, blue, purple, brown, simple, important, impossible, smooth,
    heavy, open, modern, poor, brave, yellow, noisy, thin, thick, enormous, mild, pleasant, fresh, usual, wooden, cheap`,
  ),
  place: listed(
    `in the park, at home, by the river, above the shop, behind the bakery, on the boat, in the middle of the market,
    near the old pub, under the bridge, at the airport, in {town}, on top of the mountain, from the basement, by the sea`,
  ),
  time: listed(
    `yesterday, this morning, in the afternoon, before breakfast, last summer, on Monday, in May, at half past {digit}, every
    day, tomorrow, in November, {number} years ago, once upon a time, after the storm, on the fifth of April, at five`,
  ),
  digit: listed('zero, one, two, three, four, five, six, seven, eight, nine'),
  greeting: listed('Good morning, Hello, Good evening, Welcome, Oh, Well, Thank you, Excuse me, Goodbye, Hi there'),
  question: lines(`
    how do you do?
    what time is it?
    which way is the museum?
    who told you that?
    where is my umbrella?
    what happened to the boat?
    do you hear my voice?
    would you like some more coffee?
  `),
  adverb: listed('suddenly, perhaps, of course, unfortunately, above all, finally, in my opinion, for example, maybe'),
  town: listed(
    `Boston, Paris, Memphis, Bombay, London, Vienna, Rome, Melbourne, Pittsburgh, Plymouth, Warsaw, Geneva, Mumbai, Oslo,
    Brussels, Quebec, Philadelphia, Cape Town, Hamburg, Tokyo`,
  ),
};
