// What Marathi voices say.
import { lines, listed, type Grammar } from '../grammar.ts';

/** Sentences of daily life. */
export const marathi: Grammar = {
  sentence: lines(`
    {name} {place} {thing} {verb}.
    {name} {thing} {verb}, आणि {name} {thing} {verb}.
    {time} {person} {thing} {verb}.
    {person} {thing} का {verb}?
    मला {thing} कुठे मिळेल?
    {name} ला {number} {plural} पाहिजे.
    माझ्याकडे {number} {plural} आणि {number} {plural} आहेत.
    नमस्कार, माझे नाव {name} आहे.
    मी {town} येथे राहतो.
    {name} {adjective} आहे, पण {name} {adjective} आहे.
    कदाचित {person} {place} {thing} {verb}.
  `),
  name: listed('प्रकाश, मीना, पवन, भाऊ, मोहन, पूजा, उमा, विमल, प्रभा, सोमनाथ, ममता, बाबूराव, अमोल, शोभा'),
  person: listed('माझा भाऊ, आई, शेजारी, शिक्षक, आजी, संपूर्ण कुटुंब, मुलगा, डॉक्टर, शेतकरी, बाबा'),
  verb: listed('विकत घेतो, आणतो, शोधतो, उघडतो, विकतो, बनवतो, मोडतो, बघतो, पितो, पाठवतो, मागतो, वाचतो'),
  thing: listed(
    'पुस्तक, होडी, बाटली, घर, नकाशा, पाणी, सदरा, छत्री, सफरचंद, आंबा, चित्र, पूल, गाणे, जेवण, फूल, पैसा, दूध, मोठा बाजार',
  ),
  plural: listed('पुस्तके, आंबे, माणसे, बाटल्या, महिने, फुले, तास, घरे, मुले'),
  adjective: listed('लहान, मोठा, सुंदर, गरीब, प्रसिद्ध, चांगला, निळा, पिवळा, जाड'),
  place: listed('बाजारात, घरी, नदीजवळ, पुलाखाली, बागेत, दुकानात, मैदानावर'),
  time: listed('काल, आज सकाळी, दुपारी, दररोज, मे महिन्यात, मागच्या आठवड्यात, रात्री, बुधवारी'),
  number: listed('एक, दोन, तीन, चार, पाच, सहा, सात, आठ, नऊ, दहा, वीस, पन्नास, शंभर'),
  town: listed('मुंबई, पुणे, नागपूर, सोलापूर, औरंगाबाद, कोल्हापूर'),
};
