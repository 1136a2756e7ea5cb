"""A round written before the detectors were last mended and scored only after: chats, e-mails, telephone
transcripts, forms, and many texts without personal data.

Read for the first time, exact spans: precision 0.95 and recall 0.90 (names 0.92 and 0.90; before the mending 0.88 and
0.65); two labels were wrong and are counted as misses in these. The causes of the misses were mended after.
"""

JUDGED = {
    "US": r"""
hi im {name:keisha brown} and i need to cancel my order
hello my names {name:tobias} and the lamp is broken
Customer: Hi, this is {name:Oluwaseun Adeyemi}. Agent: Thanks, Mr. {name:Adeyemi}, how can I help?
Agent: Thank you for calling, my name is {name:Rochelle}, who am I speaking with?
Caller: It's {name:Ignatius Pell}, P-E-L-L.
{name:Darnell}: is anybody there?\n{name:Jocelyn}: Yes, how may I help?
From: {name:Svetlana Petrova} <{email:s.petrova@mail.example}>
Hi {name:Thandiwe},\n\nYour wreath has shipped and should arrive Thursday.\n\nBest,\n{name:Cory}
Hello,\n\nI never got a reply to my last mail.\n\nThank you,\n{name:Rajesh Venkataraman}\n{phone:(512) 555-0139}
Dear Ms. {name:Takahashi},\n\nWe are sorry for the delay.\n\nWarm regards,\n{name:Lucinda Barrow}\nCustomer Care
I already talked to {name:Shaniqua} in billing and she said it was handled.
{name:Xiulan Chen} placed the order, but {name:Bogdan} will pick it up.
Can you have {name:Esperanza Villanueva} call me?
My coworker {name:Dmitriy} recommended y'all.
the order is for {name:Mei-Ling Wu}, not me
Please make the card out to Grandma {name:Josephine}.
Ship it c/o {name:Hank Dombrowski}, {address:2247 Cedar Ridge Road, Knoxville, TN}
Name: {name:Abdirahman Yusuf}\nEmail: {email:a.yusuf81@inbox.example}\nPhone: {phone:612-555-0171}
First name: {name:Philippa}\nLast name: {name:Okonjo}
Full name {name:Leocadia Brandt}, member {account:8830127}
BILL TO: {name:HAROLD WINTERS}\n{address:1184 POPLAR STREET\nMEMPHIS TN 38104}
MY NAME IS {name:GERTRUDE MCKAY} AND I AM FURIOUS
THIS IS {name:DEBORAH}. CALL ME BACK.
{name:O'Shaughnessy} is the last name on the order.
Reservation under {name:Featherstone}, party of 6.
Is {name:Ludmila} working today? She was so kind.
Tell {name:Anselm} the swing is gorgeous.
{name:Persephone}'s package came to my house by mistake.
My neighbor {name:Cletus} took the box in.
Hey {name:Zuri}! Any update?
ok thanks {name:brenda}
hey {name:marcus} still waiting on that refund
It was {name:Roxana}, I think, who took my call.
I'm writing on behalf of my mother, {name:Wilhelmina Ostrander}.
Sent from my iPhone\n\n{name:Terrell Gaines}
Thanks!\n{name:Bettina}
Yours,\n{name:A. J. Thibodeaux}
-{name:Ximena}
xoxo {name:Lottie}
You are now chatting with {name:Imogen}.
{name:Percival} has joined the chat.
{name:Agnieszka W.} left a 5 star review.
Assigned to: {name:Keanu Palakiko}
Manager on duty: {name:Consuelo Ibarra}
cc: {name:Thaddeus Brook}, {name:Marguerite Sloan}
Signed for by {name:M. Delacroix} at 3:14 pm
Happy Birthday to my sister {name:Octavia}!
The gift note should read "Love, Nana {name:Ruth}".
I think {name:Bartholomew} and {name:Henrietta} both emailed you.
Dr. {name:Nakamura}'s office ordered twelve chairs.
{name:Guadalupe Hernández-Cruz}, {phone:+1 (210) 555-0166}, {email:lupe.hc@correo.example}
You can reach {name:Efosa} at {phone:470.555.0113} or {email:efosa@bluedoor.example}.
her number is {phone:(229)555-0145 ext 4}
Phone: {phone:1 (888) 555-0127}
home {phone:478-555-0109}, cell {phone:478-555-0110}
sms me {phone:9125550188}
card {card:4539 1488 0343 6467} exp 11/26 cvv {password:419}
I used my Discover, {card:6011000990139424}.
{card:5425-2334-3010-9903} was billed twice
acct and routing: {bank_account:4471900238} / {bank_account:111000025}
My checking account is {bank_account:330198874412}.
direct deposit, routing # {bank_account:121000248}
ssn {national_id:401-77-2210}
Social Security Number: {national_id:512 34 8890}
my driver's license is {national_id:S530-4402-1187}
{address:615 Old Plank Rd, Unit 3B, Macon GA 31210}
Please deliver to {address:1420 SW 8th Avenue, Portland OR}
We are at {address:27 Whippoorwill Lane} now.
send to {address:330 n main st apt 2, tulsa ok}
{address:88 Beacon Hill Ct., Asheville, NC 28801}
{address:5500 County Road 12, Foley AL}
My PO box is {address:PO Box 1138}.
order# {order:WX-40098} still says processing
The order number? It's {order:5520918}.
Order ID: {order:114-3941689-8772232}
purchase order {order:PO4471-B} was short two frames
My tracking code: {order:1Z879E930346834440}
FedEx tracking {order:772910556281}
RMA number {order:RMA77102}
Can you look up {order:SCD-88120} please? That's the order.
Your case ID is {order:CS-0098214}.
rewards account {account:RW-551098}
My customer # is {account:70442}
login: {account:bayou_belle}
Username - {account:mapleleaf77}
My account no. {account:AC-118820} is frozen
pass: {password:R3dClay!}
the password you sent me, {password:Tmp-9917x}, doesn't work
My old password was {password:gobulldogs88}
use pin {password:6620} at the door
gate code is {password:4417}
Verification code: {password:771203}
The server logs show {ip:203.0.113.77}.
{url:https://pay.example.com/i/9f3kL2mQ8zXw17?token=aa81f0} won't load
reset it here: {url:https://shop.example.com/reset-password?key=Zk81mnQ20}
The Josephine Sofa comes in Navy, Oatmeal and Sage.
Is the Beatrice Wingback still on sale?
We love the new Delaney Collection!
The Savannah, the Charleston and the Natchez are our porch swings.
Do you ship to Juneau, Alaska or Hilo, Hawaii?
I saw it on Pinterest and on Etsy too.
Pottery Barn and Crate & Barrel sell something similar.
Our Madison, Wisconsin store opens in April.
Memorial Day and Labor Day sales are final.
Happy Mother's Day to all the moms!
Merry Christmas from Birmingham!
Is it Queen or King size?
The Adirondack Chair is made of Eastern Cedar.
Do you have the Monogram Doormat in Letter B?
Good Evening, Thanks For Contacting Us.
SORRY FOR THE DELAY. YOUR ORDER HAS SHIPPED.
WHERE IS MY PACKAGE???
I'm Confused. Which Size Do I Need?
This is Ridiculous.
Welcome to Southern Charm Decor Live Chat!
Thanks, Team!
Agent: How can I help?\nCustomer: Is the lamp in stock?
Hello Support, my order is late.
Speaking with a Manager would help.
Contact Support or visit the Help Center.
Best Regards,\nThe Southern Charm Team
Sincerely,\nCustomer Service
Signed, A Very Unhappy Customer
From: Atlanta\nTo: Nashville
Subject: Late Delivery\nPriority: High
Color: Dusty Rose\nSize: Medium
Name of item: Willow Basket
It is made by hand in Fredericksburg, Texas.
We use UPS Ground and FedEx Home.
My Amex was declined.
Apple Pay and Google Pay are fine.
She said it would come Tuesday.
He told me Wednesday at 4.
The Eiffel lamp and the Big Ben clock are gone.
The Mason Jar lights use AA batteries.
Lazy Susan in walnut, 18 inches.
Is the Chippendale cabinet real Mahogany?
Murphy bed, Queen, with drawers.
I need Philips screws and Allen keys.
Will it go with Benjamin Moore paint in Hale Navy?
The Grace Kelly print is 24x36.
I paid $415.75 on 03/14/2025 at 2:15 pm.
It takes 10-14 business days.
50 chairs at $39.99 is $1,999.50.
Room 214 needs 3 lamps.
We close at 5:30 on 12/24.
SKU 100-4471-22 and UPC 036000291452
Extension cord, 16/3, 25 ft, 13 amp.
Serial number is on the bottom.
I ordered 2 weeks ago.
My password keeps getting rejected.
The pin fell off the brooch.
Account closed?
Is there an order minimum?
Aisle 12, bay 4, bin 330.
""",
    "GB": r"""
Hello, {name:Oonagh Fitzsimmons} speaking.
Hiya it's {name:Gethin} from Swansea
Dear Mrs {name:Cholmondeley},\nyour settee is ready.
Ta very much, {name:Nigella}.
Kind regards\n{name:Padraig O'Dowd}\n{phone:028 9018 0123}
My husband {name:Rhodri} signed for it.
I spoke to a lady called {name:Bronagh} on Monday.
FAO Dr {name:Banerjee}
Many thanks,\n{name:Sukhdeep Gill}
Mobile: {phone:07400 123 456}
Ring {phone:0131 496 0777} after 6.
My number's {phone:+44 7911 123 456}.
NI: {national_id:PW 98 21 04 D}
sort code {bank_account:40-47-84} account {bank_account:70872490}
{address:12a Mulberry Close, Reading RG1 5LR}
Please send it to {address:Flat 6, 40 Clerkenwell Road, London EC1M 5PS}
I'm at {address:3 The Crescent, Taunton}.
order no. {order:GB-77401}
My email is {email:o.fitz@post.example}.
The Windsor settee is lovely.
Collection from Milton Keynes, please.
Marks and Spencer have it for £30.
Boxing Day delivery?
Is the Regent Street shop open on Bank Holiday Monday?
Cheers, all sorted.
""",
    "DE": r"""
Hallo, hier ist {name:Annegret Pohl}, meine Bestellung {order:77120-DE} fehlt.
Sehr geehrte Frau Dr. {name:Oberländer},
Guten Tag, ich bin {name:Cem Yıldırım}.
Mein Mann {name:Detlef} hat bestellt.
Viele Grüße\n{name:Lieselotte Krämer}
LG {name:Jonas}
MfG\n{name:H. Wiesner}
Sehr geehrter Herr {name:von Stetten},
Ich habe mit Herrn {name:Kowalski} telefoniert.
Telefonnummer: {phone:0711 2345678}
mobil {phone:+49 160 4711822}
Lieferadresse: {address:Kastanienallee 14, 20099 Hamburg}
Ich wohne {address:Lange Straße 3b, 70173 Stuttgart}.
Konto: {bank_account:DE44 5001 0517 5407 3249 31}
Kundennr. {account:558-2201}
Bestellnr.: {order:2024-77810}
Mein Kennwort ist {password:Mond!Licht8}
Vielen Dank und freundliche Grüße
Die Vase Annabell ist ausverkauft.
Haben Sie das Sofa Emma in Blau?
Wann öffnet die Filiale in Leipzig?
Guten Morgen zusammen!
Die Lieferung kam am Dienstag, 12.03.2025.
Bitte Rückmeldung bis Freitag.
""",
    "FR": r"""
Bonjour, ici {name:Ghislaine Marchetti}.
Je suis {name:Ousmane Diallo} et j'attends mon colis.
Madame {name:Chevalier} m'a répondu hier.
Bien à vous,\n{name:Yann Le Goff}
Cordialement\n{name:Fatoumata Traoré}
Merci {name:Clotilde}, bonne journée
Mon mari {name:Gilles} a commandé la lampe.
Appelez {name:Maëlle} au {phone:07 44 55 66 77}.
Tel. {phone:04.78.90.12.34}
{address:17 rue Victor Hugo, 69002 Lyon}
J'habite au {address:5 impasse des Acacias, 34000 Montpellier}.
N° de commande : {order:C-550917}
Mon mot de passe : {password:Cerise77}
Numéro de sécu {national_id:2 92 11 75 115 003 12}
La lampe Colette est en rupture.
Le canapé Marius existe en bleu ?
Livraison à Marseille ou à Nice ?
Bonjour Madame, Monsieur,
Joyeux Noël et Bonne Année !
C'est Parfait, merci.
""",
    "AU": r"""
G'day, {name:Bronwen} here from Perth.
call {phone:0412 345 678} or {phone:(02) 9876 5432}
Send it to {address:14 Wattle Street, Fitzroy VIC 3065}.
""",
    "IN": r"""
Hello, myself {name:Ramesh Iyer}.
My mobile is {phone:+91 98765 43210}.
Aadhaar {national_id:2341 2341 2346}
""",
    "ES": r"""
Me llamo {name:Begoña Etxeberria} y no ha llegado mi pedido {order:ES-40912}.
Mi teléfono es {phone:612 345 678}.
Un saludo,\n{name:Iker Mendizábal}
Vivo en {address:Calle Mayor 12, Madrid}.
""",
    "CA": r"""
I'm {name:Élodie Tremblay-Roy} in Montréal.
call me at {phone:514-555-0133}
SIN {national_id:046 454 286}
""",
}
