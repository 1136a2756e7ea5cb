"""A round written before the detectors were last mended, and the one they were mended on. Read for the first time,
exact spans: precision 0.85 and recall 0.66 (names 0.74 and 0.52, everything else recall 0.81).
"""

MENDED = {
    "US": r"""
hi im {name:sarah jones} and my order is late
hey this is {name:deb} from apt maintenance, wrong size blinds
my names {name:curtis}
hi, {name:anita desai} here, i never got the tracking
thx {name:gretchen}!!
good morning {name:luis}, any news?
You're speaking with {name:Tamsin}. What can I do for you?
Thanks for holding, this is {name:Garfield} in returns.
Agent {name:Priscilla} was very helpful.
I talked with {name:Demetrius} and then with {name:Anneliese}.
{name:Chukwuemeka Eze} here, order {order:88120}.
My name's {name:Aoife Brennan}.
My name is {name:Hyun-woo Park} and I am calling about a chair.
The name is {name:Yevgenia}.
Caller: My last name is {name:Wojciechowski}. Agent: Thank you, Ms. {name:Wojciechowski}.
Agent: Is this Mr. {name:Szymanski}?
{name:Felicity}: Hello?\n{name:Duane}: Hi {name:Felicity}, what's wrong?
[10:42] {name:Marguerite}: your refund is on its way
From: {name:Tomasz Zielinski} <{email:tz@mail.example}>\nTo: Customer Care\nSubject: Broken lamp
"{name:Bartlett, Joan}" <{email:jbartlett@post.example}>
Hi {name:Nkechi},\n\nThe bench is back in stock.\n\nKind regards,\n{name:Willem}
Hello,\n\nwhere is my order {order:77301}?\n\nRegards\n{name:Soledad Quiroga}\n{email:sole.q@mail.example}
Dear {name:Augustin},\nthanks for your patience.\nBest wishes,\n{name:Lorelei Finch}\nSouthern Charm Decor
Thanks,\n\n{name:Jedidiah}
Thank you\n{name:Rosalba}
Many thanks, {name:Vivek}
Best, {name:Anders}
Take care,\n{name:Margit Olsen}
All the best,\n{name:T.J. Maddox}
--\n{name:Harriet Vandermeer}\nOffice Manager\n{phone:(205) 555-0147}
~{name:Dottie}
Have a great day!\n{name:Krista}
Order for {name:Jane Doe}, please.
Put it under {name:Zielinski}.
It's registered to {name:Ezekiel Thorne}.
The box was addressed to {name:Lavinia}.
Deliver to Mr. {name:Obafemi Cole}
Recipient {name:Solveig Lund}, {address:18 Orchard Lane}
ATTN: {name:ROBERTA NASH}
CUSTOMER: {name:ALFONZO REYES}
HI THIS IS {name:PATRICE}, STILL NO CHAIR
Name: {name:Nguyen Thi Lan}\nAddress: {address:904 Pine Needle Drive}\nOrder: {order:SC-77120}
Customer Name: {name:Babatunde Ogunleye}
Last name {name:Hathaway}, first name {name:Quentin}
Contact: {name:Sunniva}, {phone:404-555-0162}
Cardholder: {name:Mirabel Costa}\nCard: {card:4000 0025 0000 3155}
My sister {name:Drusilla} and her husband {name:Lorne} want the same.
My son {name:Kaleb} broke it.
Aunt {name:Bernadine} loved it.
my boss mr {name:baptiste} approved it
Please call {name:Ottoline Marsh} at {phone:(334) 555-0121}.
{name:Rashawn} said it would be free.
{name:Evangeline} told me to write here.
{name:Ignacia}'s order was wrong, and so was {name:Delbert}'s.
The driver, {name:Emeka}, was rude.
I emailed {name:Cassius} twice.
She goes by {name:Tootie}.
Could {name:Zainab} or {name:Pieter} take a look?
Mr. and Mrs. {name:Holloway} ordered it.
Mrs {name:Okafor-Bell} will be home.
Prof. {name:Lindqvist} needs an invoice.
I met {name:Jean-Baptiste} at the store.
{name:Siobhan O'Reilly-Kane} wrote on May 4.
{name:D'Angelo} still waits for his mirror.
{name:José Muñoz} and {name:Zoë Ångström} share the account.
{name:J.R. Whitlock} signed the receipt.
{name:Mary Beth} at the front desk knows me.
You've reached {name:Colette}, how may I help?
{name:Rasheeda} is typing...
{name:Oskar} left the chat.
Reviewed by {name:Linnea P.}
Rep: {name:Malachi}
Spoke to: {name:Verena}
cc: {name:Ansel Grady}
I'm {name:Halvard}, the neighbor.
It's me, {name:Thessaly}, again.
yes my name is {name:roscoe p. tate}
i'm {name:Beulah Mae Crockett}
please tell {name:jasmine} thanks
dont ask {name:kevin}, he doesnt know
My wife's name is {name:Apolonia}.
{name:Gustavo Lindgren}'s email is {email:gl@ex.example}.
number for {name:Hiro} is {phone:212-555-0148}
call my cell {phone:7065550123}
{phone:(678) 555 0119} or {phone:678 555 0120}
Phone no. {phone:1.404.555.0188}
work: {phone:205.555.0145 ext 31}
in France it's {phone:+33 1 99 00 56 78}
call {phone:+49 30 901820} please
card number is {card:5500-0000-0000-0004}
{card:340000000000009} was declined
amex {card:3700 000000 00002}
Visa ending 4242, expires 09/27
my account and routing numbers are {bank_account:8812004471} and {bank_account:061000052}
savings acct {bank_account:7710-2281-09}
routing no: {bank_account:026009593}
Account Number: {bank_account:00998877112}\nBank: First Southern
SSN is {national_id:311 22 4478}
my social is {national_id:311224478}
Tax ID {national_id:12-3456789}
license {national_id:F255-921-50-094-0}
Passport: {national_id:A12345678}
{address:1717 Jefferson Davis Hwy, Richmond}
send it to {address:22 w elm ave #4}
{address:4 Privet Ct, Bldg 2, Ocala FL 34470}
{address:900 Peachtree St NE, Suite 1500, Atlanta}
{address:12345 County Rd 88, Dothan}
{address:6 The Green, Dover, DE}
ship to: {address:71 Saint Charles Ave}
{address:310 5th Ave, Floor 9, New York}
{address:P.O. BOX 556, Eufaula AL}
my order is {order:771209}, placed in May
the order number's {order:4410982}
Order Number\n{order:SC-2209-11}
What's up with {order:SC-40021}? It's my order.
order nr {order:771822}
USPS {order:9400 1000 0000 0000 0000 00}
fedex {order:7713 4092 1188}
shipment id {order:SHP-22019}
quote number {order:Q-4471}
refund reference {order:RF99120}
ticket {order:INC0012345}
my acct is {account:4471-2209}
membership {account:GOLD-88120}
account id: {account:usr_88120}
my user name is {account:LadyBug_77}
customer code {account:KX-2209}
my pw: {password:Corn!Bread9}
passwords {password:Blue42sky} and {password:Red17sun} both fail
The temp password is "{password:Zx9!kk02}".
password is still {password:chicken12}
PIN {password:0917}
my code is {password:448102}, it says invalid
CVV: {password:331}
the safe code's {password:9917}
access from {ip:198.51.100.7}:8080
{url:https://example.com/r/9fK2mmQ0aB77xZ1pL}
{url:https://u:p4ss@shop.example.com/admin}
Is the Evangeline Sofa available?
The Harriet comes in three sizes.
The Lorelei Lamp, the Odette Ottoman and the Winslow Desk ship free.
Do you have Wedgwood or Lenox china?
I prefer Farrow & Ball colors.
Our house is in Lexington, Kentucky.
We moved from Charlottesville to Tuscaloosa.
I saw it at Ballard Designs.
Is there a Walmart nearby?
Ask Alexa to play music.
The Victorian chandelier is from Tiffany.
My Kitchenaid broke.
Delivery in March or April is fine.
It's for Father's Day.
Happy Hanukkah, everyone!
The St. Patrick's wreath is gone.
Queen Anne legs, Louis XVI style.
We love Chip and Joanna Gaines style.
The Martha Washington chair is a reproduction.
The Jefferson Memorial print is sold out.
Is it Italian Carrara marble?
I'm Irish and love green.
It's Velvet, right?
I am Shopping for a rug.
This is Insane.
Thanks Southern Charm!
Hello Agent, I have a Question.
Dear Support Team,
Regards,\nCustomer Support
Best,\nThe Returns Department
Thank you,\nManagement
Cheers,\nSales
Sent from my Samsung Galaxy
Sent via Outlook
Status: Pending\nCarrier: FedEx Ground\nService: Express Saver
Product: Odette Vase\nColor: Sage\nQty: 2
Shipping Method: Standard
To: Customer Service\nFrom: Billing
Name: optional
Contact: Sales Department
Reported by: Warehouse
Signed by: Front Desk
Ask Amazon or Target.
Call Home Depot.
Tell Customer Service.
Meet the Team!
Thank you Lord.
Oh my God, it's Gorgeous!
Jesus, that's expensive.
Christmas Eve delivery?
Monday works. Tuesday too.
Bed Bath & Beyond closed.
Wingback Chair, Barrel Chair, Club Chair
Charcoal, Ivory, Blush, Slate and Ochre
Add To Cart does not work.
Free Shipping On Orders Over $50
Terms And Conditions Apply
Can I use Klarna or Venmo?
I called on Friday and on Saturday.
Is Friday ok?
My Visa is not accepted.
LED bulbs, USB port, HDMI cable
DO NOT BEND. THIS SIDE UP.
PLEASE HELP ME ASAP
Order 66 pieces of 4x4 tile.
Page 3 of 12, item 44.
The code says 20OFF.
My password is too short.
password requirements are unclear
Pin it to the wall.
Account manager wanted.
Case of 24, $18.
It weighs 112 pounds and is 6'2" tall.
From 9 to 5, Mon-Fri.
2x the price in 2023
I have 3 accounts.
The reference was unclear.
Track lighting, 3 heads
Ticket to ride, 2 players
Room 12 on Floor 3
Route 66 sign
50 State Quarters set
Interstate 85 exit 12
Highway noise is bad
800 thread count
""",
    "GB": r"""
This is {name:Hamza Qureshi} ringing about a sofa.
Morning, {name:Dilys} speaking.
Dear Mr {name:Featherstonehaugh},
Lovely, thanks {name:Shireen}.
All the best\n{name:Kwabena}
{name:Tegan} in your Leeds branch was brilliant.
My mum {name:Maureen} wants one.
FAO: {name:Ailsa Geddes}
Mob: {phone:07700 900 441}
Tel: {phone:01223 496 0001}
phone {phone:(0113) 496 0222}
{phone:0044 7700 900555}
National Insurance number is {national_id:SX123456B}
{bank_account:08-99-99} / {bank_account:66374958} for the refund, sort code and account
{address:221B Baker Street, London}
{address:Flat 2B, 9 Holland Park, London W11 3TH}
{address:The Cottage, Mill Lane}, Wells
order {order:GB10229} please
Laura Ashley had a similar one.
John Lewis and Ted Baker sell it.
I live in Kingston upon Hull.
The Balmoral throw, please.
St. Andrews delivery?
Is Harrods cheaper?
""",
    "DE": r"""
Hallo, ich heiße {name:Wiebke} und suche eine Lampe.
mein name ist {name:torsten weber}
Hier {name:Friederike Lang}, guten Tag.
Guten Tag Herr {name:Yilmaz},
Mit freundlichen Grüßen\n\nDr. {name:Annelie Roth}
Beste Grüße\n{name:Heiner Voss}\nEinkauf
Herzliche Grüße, {name:Gudrun}
Danke, {name:Rüdiger}!
Meine Frau {name:Zehra} hat angerufen.
Ansprechpartner: {name:Kirsten Maas}
Name: {name:Ottokar Preuß}\nStraße: {address:Birkenweg 9\nOrt}: 50667 Köln
Frau {name:Müller-Lüdenscheidt} hat geschrieben.
Ich habe mit {name:Hannelore} gesprochen.
Meine Telefonnummer ist {phone:0421 5566778}.
Tel.: {phone:+49 (0) 40 123456-78}
Handynummer {phone:01578 1234567}
Lieferung an {address:An der Alster 22, 20099 Hamburg}
{address:Schulstr. 4 a, 12247 Berlin}
Kontonummer {bank_account:0532013000}, BLZ {bank_account:37040044}
Kundennummer lautet {account:K-20991}
Auftrag {order:A-99120-B} ist weg
Passwort: {password:Winter!99}
PIN lautet {password:8820}
Personalausweis {national_id:L01X00T471}
Sehr geehrte Damen und Herren,
Der Sessel Ludwig ist schön.
Ist die Kommode Greta noch da?
Ich komme aus Hannover.
Am Freitag bin ich da.
Vielen Dank im Voraus
Mit freundlichen Grüßen\nIhr Kundenservice
Der Karton war offen.
Eine Lieferung nach Österreich ist möglich.
""",
    "FR": r"""
Bonjour, c'est {name:Solène Guichard}.
Moi c'est {name:Thibault}.
Bonjour {name:Aminata},
Bien cordialement\n{name:Corentin Le Bris}
Merci à {name:Élisabeth} pour son aide.
Ma fille {name:Inès} adore.
M. {name:Beaumont} a signé.
Nom : {name:Keller}\nPrénom : {name:Océane}
mon tel {phone:0612345678}
Tél. : {phone:+33 (0)6 11 22 33 44}
{address:44 quater avenue du Général Leclerc, 75014 Paris}
{address:2, rue d'Alsace, 67000 Strasbourg}
Commande numéro {order:77-2019-B}
n° de suivi {order:6A12345678901}
identifiant : {account:lulu.martin}
mdp {password:Chat1234}
mot de passe est {password:Bonjour!7}
La table Margaux est belle.
Je cherche le fauteuil Gaston.
Livré à Toulouse mardi.
Bien à vous,\nLe Service Client
Bonjour à tous
Bon Anniversaire !
""",
    "AU": r"""
{phone:+61 412 345 678} or {phone:03 9123 4567}
{address:9/14 Banksia Road, Bondi}
""",
    "ES": r"""
Soy {name:Ainhoa} y tengo una duda.
Llame al {phone:+34 612 34 56 78}
Saludos,\n{name:Gonzalo Ferrer}
""",
    "NL": r"""
Mijn naam is {name:Joost van der Meer}.
bel {phone:06 12345678}
{address:Prinsengracht 263, Amsterdam}
""",
    "IT": r"""
Mi chiamo {name:Ludovica Rinaldi}.
telefono {phone:347 123 4567}
""",
}
