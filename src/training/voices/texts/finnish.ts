// What Finnish voices say.
import { lines, listed, type Grammar } from '../grammar.ts';

/** Sentences of daily life. */
export const finnish: Grammar = {
  sentence: lines(`
    {name} {verb} {thing} {place}.
    {name} {verb} {thing}, ja {name} {verb} {thing}.
    {time} {person} {verb} {thing}.
    Miksi {person} {verb} {thing}?
    Mistä minä löydän sen, {name}?
    Kuinka monta {plural} {name} haluaa?
    Minulla on {number} {plural} ja {number} {plural}.
    Numero on {number}, ei {number}.
    {greeting}, minun nimeni on {name}.
    {place} on {number} {plural}.
    Ehkä {person} {verb} {thing} {place}.
    Jos sataa, {person} {verb} {thing}.
    {name} on {adjective}, mutta {name} on {adjective}.
  `),
  name: listed(
    'Pekka, Maija, Pirkko, Väinö, Ympäri Mäki, Saimi, Jyrki, Aapo, Päivi, Eemeli, Helmi, Vilppu, Yrjö, Emma, Pauli, Tuomas',
  ),
  person: listed(
    'isä, äiti, naapuri, opettaja, mummo, koko perhe, kuljettaja, kukaan, pieni poika, leipuri, lääkäri, ystäväni',
  ),
  verb: listed(
    'ostaa, tuo, löytää, kadottaa, avaa, myy, maalaa, unohtaa, valmistaa, rikkoo, haluaa, katsoo, juo, pesee, kuvaa, ymmärtää',
  ),
  thing: listed(
    `kirjan, veneen, pullon, leivän, kartan, {number} {plural}, auton, lasin vettä, ongelman, valkoisen paidan, avaimen,
    sateenvarjon, peilin, omenan, puuron, kuvan, perunan, sienen, sillan, viisi markkaa, laulun, kuun, hyvän ruoan, vehnäpullan`,
  ),
  plural: listed(
    'kirjaa, perunaa, ihmistä, pulloa, ongelmaa, omenaa, lautasta, kenkää, päivää, sientä, tuntia, venettä, puuta',
  ),
  adjective: listed(
    'pieni, suuri, tyhjä, kuuluisa, tärkeä, nuori, köyhä, hyvä, märkä, valkoinen, sininen, hidas, iloinen, lämmin',
  ),
  place: listed(
    'torilla, kotona, joen varrella, sillan alla, metsässä, puutarhassa, Helsingissä, kaupassa, pöydällä, ympäristössä',
  ),
  time: listed(
    'eilen, tänä aamuna, joka päivä, toukokuussa, puolelta päivin, viime viikolla, huomenna, yöllä, lauantaina',
  ),
  greeting: listed('Hyvää päivää, Hyvää iltaa, Terve, Tervetuloa, Kiitos, Anteeksi'),
};
