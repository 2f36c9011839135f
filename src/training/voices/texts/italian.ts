// What Italian voices say.
import { lines, listed, type Grammar } from '../grammar.ts';

/** Sentences of daily life. */
export const italian: Grammar = {
  sentence: lines(`
    {name} {past} {thing} {place}.
    {name} {past} {thing} e {name} {past} {thing}.
    {person} {past} {thing} {time}.
    {time} {person} non {past} {thing}.
    Perché {person} {past} {thing}?
    Dove posso trovare {thing}, {name}?
    Mi può portare {thing}, per favore?
    Quanti {plural} vuole {name}?
    Ho bisogno di {number} {plural} e di {number} {plural}.
    Il numero è {number}, non {number}.
    È {adjective} e {adjective}, ma {name} {past} {thing}.
    {greeting}, mi chiamo {name} e vengo da {town}.
    Da {town} a {town} ci sono {number} chilometri.
    Che {adjective} problema!
    Forse {person} {past} {thing} {place}.
    Se piove, {person} non compra {thing}.
    Buongiorno, {name}. Come sta oggi?
    La mia famiglia abita {place}.
  `),
  name: listed(
    `Paolo, Maria, Beppe, Giovanni, Chiara, Umberto, Bianca, Giulia, Marco, Filippo, Barbara, Emma, Pietro, Valeria,
    Simone, Fabio, Beatrice, Michele, Giuseppe, Ombretta`,
  ),
  person: listed(
    `mio padre, mia madre, il vicino, la maestra, il pescatore, un bambino, la nonna, tutta la famiglia, il sindaco,
    nessuno, la mia amica, quel signore, il postino, ognuno`,
  ),
  past: listed(
    `ha comprato, ha portato, ha trovato, ha perso, ha aperto, ha venduto, ha dipinto, ha dimenticato, ha preparato,
    ha rotto, vuole, guarda, prende, ama, mette via, ha visto, ha bevuto, ha scoperto`,
  ),
  thing: listed(
    `un libro, una barca, la bottiglia, il pane, una mappa, {number} {plural}, la macchina, un bicchiere di vino, il problema,
    una camicia bianca, la chiave, un ombrello, lo specchio, gli spaghetti, una piccola bomba di crema, il giornale,
    la zuppa, un gelato, la pioggia, mezza pizza, uno zaino, il prezzo, un bellissimo quadro, la famiglia`,
  ),
  plural: listed(
    'libri, pomodori, bambini, bottiglie, barche, problemi, mele, piatti, scarpe, giorni, ombrelli, funghi, pezzi',
  ),
  adjective: listed(
    'bello, piccolo, grande, vuoto, famoso, semplice, importante, impossibile, giovane, povero, buono, umido',
  ),
  place: listed(
    `al mercato, in piazza, a casa, vicino al fiume, sotto il ponte, davanti alla chiesa, sulla spiaggia, in montagna,
    a {town}, dietro il bar, nella mia camera, in giardino`,
  ),
  time: listed(
    `ieri, stamattina, dopo pranzo, ogni giorno, in maggio, a mezzogiorno, la settimana scorsa, domani, {number} anni fa,
    di notte, in novembre, sabato`,
  ),
  greeting: listed('Buongiorno, Buonasera, Ciao, Piacere, Benvenuti, Grazie, Scusi'),
  town: listed('Roma, Bologna, Palermo, Venezia, Milano, Napoli, Genova, Perugia, Padova, Bari, Firenze, Pompei'),
};
