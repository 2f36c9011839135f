// What Catalan voices say.
import { lines, listed, type Grammar } from '../grammar.ts';

/** Sentences of daily life. */
export const catalan: Grammar = {
  sentence: lines(`
    {name} {verb} {thing} {place}.
    {name} {verb} {thing} i {name} {verb} {thing}.
    {time} {person} {verb} {thing}.
    Per què {person} {verb} {thing}?
    On puc trobar {thing}, {name}?
    Quants {plural} vol {name}?
    El número és {number}, no pas {number}.
    {greeting}, em dic {name} i visc a {town}.
    De {town} a {town} hi ha {number} quilòmetres.
    És {adjective} i {adjective}, però {name} {verb} {thing}.
    Potser {person} {verb} {thing} {place}.
    Si plou, {person} no {verb} {thing}.
    Ahir vaig comprar {number} {plural}.
  `),
  name: listed(
    'Pau, Maria, Jordi, Montserrat, Pep, Núria, Biel, Mireia, Bernat, Anna, Miquel, Joana, Blai, Empar, Tomàs',
  ),
  person: listed(
    `el meu pare, la meva mare, el veí, la mestra, l'avi, tota la família, el forner, ningú, aquella dona, el metge`,
  ),
  verb: listed(
    'compra, porta, troba, perd, obre, ven, pinta, oblida, prepara, trenca, vol, mira, beu, aprèn, demana, amaga',
  ),
  thing: listed(
    `un llibre, una barca, l'ampolla, el pa, un mapa, {number} {plural}, el cotxe, una copa de vi, el problema, la camisa blava,
    la clau, un paraigua, el mirall, una poma, la sopa, un formatge, el bosc, la porta, una fotografia, el peix`,
  ),
  plural: listed('llibres, tomàquets, nens, ampolles, barques, problemes, pomes, plats, sabates, dies, bolets, homes'),
  adjective: listed('bonic, petit, gran, buit, famós, simple, important, impossible, jove, pobre, bo, humit'),
  place: listed(
    'al mercat, a la plaça, a casa, vora el riu, sota el pont, a la platja, a la muntanya, darrere del bar, al jardí',
  ),
  time: listed(
    'ahir, aquest matí, cada dia, al maig, al migdia, la setmana passada, demà, fa {number} anys, de nit, al novembre',
  ),
  greeting: listed('Bon dia, Bona tarda, Hola, Benvinguts, Moltes gràcies, Perdoni'),
  town: listed('Barcelona, Palma, València, Perpinyà, Girona, Tarragona, Figueres, Manresa, Lleida, Mataró'),
};
