// What Hindi voices say.
import { lines, listed, type Grammar } from '../grammar.ts';

/** Sentences of daily life. */
export const hindi: Grammar = {
  sentence: lines(`
    {name} ने {place} {thing} {verb}।
    {name} ने {thing} {verb}, और {name} ने {thing} {verb}।
    {time} {person} ने {thing} {verb}।
    {person} ने {thing} क्यों {verb}?
    मुझे {thing} कहाँ मिलेगा?
    {name} को {number} {plural} चाहिए।
    मेरे पास {number} {plural} और {number} {plural} हैं।
    नमस्ते, मेरा नाम {name} है।
    मैं {town} में रहता हूँ।
    {name} {adjective} है, लेकिन {name} {adjective} है।
    शायद {person} ने {place} {thing} {verb}।
    क्या आप {thing} देख सकते हैं?
  `),
  name: listed('प्रेम, मीना, पवन, बबीता, मोहन, पूजा, भीम, उमा, विमल, फातिमा, प्रभा, सोम, अमिताभ, ममता, बिपिन'),
  person: listed('मेरे भाई, मेरी माँ, पड़ोसी, अध्यापक, दादी, पूरे परिवार, बच्चे, डॉक्टर, किसान, मेरे पिता'),
  verb: listed('खरीदा, पाया, खोला, बेचा, बनाया, तोड़ा, देखा, पिया, भेजा, माँगा, समझा, पढ़ा'),
  thing: listed(
    'पुस्तक, नाव, बोतल, मकान, नक्शा, पानी, कमीज, छाता, सेब, आम, चित्र, पुल, गाना, खाना, फूल, पैसा, कपड़ा, दूध, बड़ा बाज़ार',
  ),
  plural: listed('पुस्तकें, आम, लोग, बोतलें, सेब, महीने, फूल, घंटे, मकान, बच्चे'),
  adjective: listed('छोटा, बड़ा, सुंदर, गरीब, मशहूर, अच्छा, नीला, पीला, मोटा, पतला'),
  place: listed('बाज़ार में, घर पर, नदी के पास, पुल के नीचे, बगीचे में, दुकान में, मैदान में, {town} में'),
  time: listed('कल, आज सुबह, दोपहर को, हर दिन, मई में, पिछले हफ्ते, रात को, बुधवार को'),
  number: listed('एक, दो, तीन, चार, पाँच, छह, सात, आठ, नौ, दस, बीस, पचास, सौ'),
  town: listed('मुंबई, पुणे, भोपाल, पटना, वाराणसी, उदयपुर, मैसूर, अमृतसर'),
};
