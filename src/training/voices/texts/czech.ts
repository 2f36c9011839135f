// What Czech voices say.
import { lines, listed, type Grammar } from '../grammar.ts';

/** Sentences of daily life. */
export const czech: Grammar = {
  sentence: lines(`
    {name} {verb} {thing} {place}.
    {name} {verb} {thing} a {name} {verb} {thing}.
    {time} {person} {verb} {thing}.
    Proč {person} {verb} {thing}?
    Kde najdu {thing}, prosím?
    Kolik {plural} potřebuje {name}?
    Mám {number} {plural} a {number} {plural}.
    To číslo je {number}, ne {number}.
    {greeting}, jmenuji se {name} a bydlím v obci {town}.
    Z města {town} je to {number} kilometrů.
    Byl {adjective} a {adjective}, ale {person} {verb} {thing}.
    Možná {person} {verb} {thing} {place}.
    Když prší, {person} {verb} {thing}.
    Víte, že {name} {verb} {thing}?
  `),
  name: listed(
    'Petr, Božena, Pavel, Markéta, Jiří, Barbora, Filip, Věra, Přemysl, Ema, Tomáš, Šimon, Hana, Bohumil, Ivana, Ondřej',
  ),
  person: listed(
    'můj bratr, moje matka, soused, paní učitelka, babička, celá rodina, řidič, nikdo, malý chlapec, pekař, lékař',
  ),
  verb: listed(
    `koupil, přinesl, našel, ztratil, otevřel, prodal, maluje, zapomněl, připravuje, rozbil, chce, vidí, vypil, potřebuje,
    umyl, obdivuje, popsal, vaří`,
  ),
  thing: listed(
    `knihu, loďku, láhev, chléb, mapu, {number} {plural}, auto, sklenici piva, problém, bílou košili, klíč, deštník, zrcadlo,
    jablko, polévku, obraz, bramboru, hříbek, most, pět peněz, svou píseň, měsíc, oběd, džbán vody, švestky`,
  ),
  plural: listed('knih, brambor, lidí, lahví, problémů, jablek, talířů, bot, měsíců, hub, hodin, švestek, mostů'),
  adjective: listed(
    'malý, velký, prázdný, slavný, prostý, důležitý, mladý, chudý, dobrý, mokrý, bílý, modrý, pomalý, veselý',
  ),
  place: listed(
    'na trhu, na náměstí, doma, u řeky, pod mostem, před kostelem, v lese, na zahradě, v Praze, za městem, v obchodě',
  ),
  time: listed(
    'včera, dnes ráno, po obědě, každý den, v květnu, v poledne, minulý týden, zítra, před lety, v noci, v sobotu',
  ),
  greeting: listed('Dobrý den, Dobrý večer, Ahoj, Vítejte, Děkuji, Promiňte'),
  town: listed('Praha, Brno, Plzeň, Pardubice, Opava, Zlín, Přerov, Beroun, Třebíč, Mělník, Olomouc'),
};
