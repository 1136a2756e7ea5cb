"""Sentences by country, as customers and agents type them: {type:value} must be found; all else must stay."""

BY_COUNTRY = {
    "US": r"""
hey its {name:Tanya} again, the wreath never showed up
Hi there, {name:Jerome Whitaker} here. I'd like to change the delivery date.
You're speaking with {name:Brittany}, how can I help?
Could you ask {name:Marisol Vega} to call me back at {phone:(706) 555-0173}?
{name:Deshawn O'Neal}, thanks for reaching out
My husband {name:Greg} placed it last Tuesday.
The package was signed for by {name:L. Hargrove}.
The gift card should say: Happy Birthday Aunt {name:Carol}
i am {name:kimberly tran} and my tracking is {order:9400111899223197428490}
this is {name:Rosa Delgado-Ruiz}, calling about invoice {order:INV-20931}
Recipient: {name:Thomas J. Beecham}
Signed, {name:Eleanor Pruitt}
Best,\n{name:Jackie}\n{phone:229-555-0116}
Customer name is {name:Nguyen Van Minh}.
Please cc {email:accounts.payable@pinewood-inn.example} on the reply
email: {email:R.K.Patel_77@mail.example.com}
reach me: {email:carol+orders@example.org} or {phone:+1-478-555-0188}
My email is {email:dwayne@harborlight.example.net}.
{phone:1-800-555-0199} is on the box
text {phone:6785550142} when the driver is close
Office: {phone:404.555.0107 x22}
phone number {phone:770 555 0164}
My cell's {phone:(912)555-0190}, don't call before 9.
Visa {card:4012-8888-8888-1881} exp 09/27
charged twice on {card:5555555555554444}
The Discover card {card:6011 1111 1111 1117} was declined.
amex {card:371449635398431} cvv {password:7373}
my debit card number is {card:4000 0566 5566 5556}
Routing {bank_account:061000104}, account {bank_account:4410098732}
Please refund to checking account {bank_account:0098-7712-3345}.
wire it to acct no. {bank_account:77120934518}
SSN {national_id:219-09-9999} if you need it for the store credit
my social security number is {national_id:078 05 1120}
The last four of my social are on file, no need to repeat.
We live at {address:2210 Sugarloaf Parkway, Lawrenceville GA 30045}.
ship to {address:88 W 3rd St, Apt 4C, New York, NY 10012}
Send it to my office, {address:1600 Amphitheatre Pkwy}, Mountain View.
Deliver to {address:417 Magnolia Lane}.
address: {address:9 elm st}, macon ga
The old address was {address:5 Bayou View Drive Unit 12}.
mail it to {address:PO Box 771, Thomasville GA 31799}
order {order:SC-48812} arrived broken
Order no: {order:100294417}
my order # is {order:77310}
The order ID #{order:A19-2281} isn't in my account.
RMA {order:RM-55102} was approved
confirmation code {order:QX7T2L}
UPS says {order:1Z12345E0205271688} is in Memphis
case number {order:00817264} please
Ticket #{order:55812} is still open
loyalty number {account:SCD-009812}
My account number is {account:20048817}
customer id {account:C-77120}
acct #{account:558120}
username is {account:tammy_h82}
The password is {password:peaches2019}
password: {password:Sweet!Tea4}
I set my pin to {password:9031}
login with passcode {password:AB-4471}
My security code is {password:882}
temporary password {password:Xk9-plum-22} does not work
our firewall saw {ip:198.51.100.23} and {ip:2001:db8:85a3::8a2e:370:7334}
The IP address {ip:10.0.0.14} is blocked.
open {url:https://shop.example.com/account/verify?token=eyJhbGciOi.J9x2}
reset link: {url:http://example.com/pw/reset/3f9a8c7b6d5e4f3a2b1c}
see {url:https://tracking.example.com/t?order=SC48812&email=jo@example.com}
The Magnolia Wreath is back in stock.
Is the Savannah Porch Swing treated for rain?
I love the Charlotte table runner and the Augusta lantern.
The Emma quilt comes in king and queen.
Do you carry the Dolly Mirror in gold?
The Rose Garden Candle burns for 45 hours.
Is the Clara Lamp 24 inches tall?
It's $1,249.99 plus $35 shipping.
Ships to 31401 in 3-5 days.
My zip is 30301.
Zip code 90210, does it ship there?
The rug is 8x10 and weighs 42 lbs.
Item SKU MW-2204 is 30% off.
Model 4455-B fits 60-inch rods.
Product code 88213 in sage, please.
Part number 4471-22 is discontinued.
We have 1500 units left in the Atlanta warehouse.
We open at 9:30 on 11/28/2024.
It arrives between 2024-12-01 and 2024-12-04.
Back in 1998 we had 12 stores.
Call us between 8 and 5.
The sale ends December 24, 2025 at 11:59.
I need 250 napkins for a wedding of 120 guests.
Use code PEACH15 at checkout.
Bless your heart, that is sweet.
Thank You so much, Have a Lovely Day!
Hi Team, is anyone there?
I'm Happy to help with that.
This is Perfect, thank you!
I'm Interested in the oak bench.
Sorry About the wait!
Dear Customer, your order has shipped.
Hello Southern Charm, do you deliver to Tampa, Florida?
Merry Christmas and Happy New Year!
I bought it at Home Depot in Baton Rouge.
It was on Oprah last week.
Call Customer Care for help.
Please visit https://shop.example.com/wreaths?color=sage&page=2 for more.
www.example.com/returns has the form
The password must have 8 characters.
I forgot my pin.
Please change your password every 90 days.
Do I need an account to order?
My account is locked.
The order is late again.
Order 2 get 1 free.
In order to return it, keep the box.
The case is 12 inches deep.
Return within 60 days.
Reference photos would help.
The customer service is great, 10 out of 10.
Members get 10% off orders over $75.
The invoice was for $1250.00.
Turn right on Main Street and drive 2 miles.
5 stars, 3 weeks, 2 calls and 1 refund.
Version 3.2.1 of the app, iOS 17.4.1
Take 2 tablespoons in 16 oz of water.
The Grand Floral Collection has 14 pieces.
Is it made by Smith & Hawken?
Can you gift wrap it in Tiffany blue?
Dr. Pepper cake stands are sold out.
Is the Carolina blue one the same as Georgia blue?
I live in Jackson and work in Austin.
Ms. is fine, no need for my name.
My name is on the account already.
""",
    "GB": r"""
My name is {name:Nigel Ashworth} and I live at {address:14 Kingsley Road, Leeds LS6 1AN}.
Hiya, {name:Siobhan} here, my order {order:UK-88213} hasn't turned up
Please ring me on {phone:07700 900123} after six.
My landline is {phone:020 7946 0123}.
mobile {phone:+44 7700 900456}
call {phone:0161 496 0148} please
You can reach Mr. {name:Pemberton} at {phone:01632 960 983}.
NI number {national_id:QQ 12 34 56 C} is wrong on the form
my national insurance number is {national_id:AB123456C}
Sort code {bank_account:20-45-45}, account number {bank_account:43219876}
Please pay into {bank_account:GB29 NWBK 6016 1331 9268 19}.
We're at {address:Flat 3, 22 Rosebery Avenue, London EC1R 4TD}.
deliver to {address:7 Mill Close}, Bath
Kind regards,\n{name:Gemma Hartley}
It costs £45.99 and postage is £4.50.
The postcode is SW1A 1AA.
Does the throw come in 150 x 200 cm?
Is the Chelsea Vase still £32?
The Oxford bench seats 3.
It arrived on 03/04/2024 at 14:30.
Bank holiday hours are 10 to 4.
Cheers Mate, sorted.
I'd like 12 of the Bramley mugs.
Dear Sirs, I am writing about my order.
""",
    "DE": r"""
Guten Tag, mein Name ist {name:Katharina Brandt}.
Ich heiße {name:Jürgen Weiß} und habe eine Frage.
Sehr geehrte Frau {name:Schneider}, vielen Dank für Ihre Nachricht.
Hallo Herr Dr. {name:Vogel}, die Lampe ist da.
Mit freundlichen Grüßen\n{name:Anja Köhler}
Viele Grüße\n{name:Stefan}
Bitte rufen Sie mich unter {phone:0151 23456789} an.
Tel. {phone:030 901820}
Meine Nummer: {phone:+49 89 1234567}
Meine Adresse ist {address:Hauptstraße 12, 10115 Berlin}.
Liefern Sie bitte an {address:Am Alten Markt 5a, 50667 Köln}
Ich wohne in der {address:Goethestr. 27, 80336 München}.
IBAN: {bank_account:DE89370400440532013000}
Die IBAN lautet {bank_account:DE02 1203 0000 0000 2020 51}.
Steuer-ID {national_id:65 929 970 489}
Meine Bestellnummer ist {order:DE-2024-5512}.
Bestellung Nr. {order:4478120} fehlt
Kundennummer: {account:882134}
Mein Passwort ist {password:Sommer2023!}
Schreiben Sie an {email:anja.koehler@beispiel.example}.
Rechnung {order:RE-100482} ist falsch
Der Kranz kostet 49,90 € und ist 35 cm groß.
Die Postleitzahl ist 10115.
Lieferung am 24.12.2024 zwischen 10 und 14 Uhr.
Ich hätte gern 3 Stück in Größe 42.
Artikelnummer 4471-22 ist ausverkauft.
Guten Morgen, Liebe Grüße aus Hamburg!
Der Tisch Magnolia ist 120 x 80 cm.
Das Passwort ist falsch.
Meine Bestellung ist noch nicht da.
Haben Sie die Lampe Berlin auch in Weiß?
""",
    "FR": r"""
Bonjour, je m'appelle {name:Camille Laurent}.
Mon nom est {name:Mathieu Girard} et j'ai une question.
Bonjour Madame {name:Lefèvre}, merci de votre message.
Cordialement,\n{name:Hélène Moreau}
Vous pouvez m'appeler au {phone:06 12 34 56 78}.
Tél : {phone:01 42 68 53 00}
mon numéro est le {phone:+33 6 98 76 54 32}
J'habite {address:12 rue de la République, 69002 Lyon}.
Livrez au {address:8 bis avenue Victor Hugo, 75116 Paris} svp
{address:25, boulevard Saint-Michel} à Paris
IBAN {bank_account:FR14 2004 1010 0505 0001 3M02 606}
Numéro de sécurité sociale : {national_id:1 85 05 78 006 084 91}
Ma commande {order:CMD-77120} n'est pas arrivée
commande n° {order:4471288}
Numéro client : {account:558213}
Le mot de passe est {password:Soleil#45}
écrivez à {email:camille.laurent@exemple.example}
La couronne coûte 49,90 € et mesure 35 cm.
Le code postal est 75011.
Livraison le 12/11/2024 entre 9 h et 12 h.
Je voudrais 3 pièces en taille 40.
La lampe Provence est-elle en stock ?
Référence produit 88-2041, coloris sauge.
Merci Beaucoup et bonne journée !
Le mot de passe est incorrect.
Ma commande est en retard.
""",
}

# Written after the first were found right, and mended after too.
LATER = {
    "US": r"""
Good morning, I'm {name:Alondra} and I'm writing about a late delivery.
{name:Marcy} from your team promised a refund.
Is {name:Denise Kowalczyk} available? She helped me last time.
Let {name:Patrick} know I called.
I placed this under my maiden name, {name:Holloway}.
Hi, my name is {name:Jean-Luc Baptiste}.
Thank you {name:Sheryl} for the quick reply!
We spoke on Friday. - {name:Otis}
The order is under {name:Winifred Sykes}.
Hi {name:Keith},\nyour chair is on its way.
can you send it to my daughter {name:Ellie} instead
Attn: {name:Carla Mendes}, {address:45 Commerce Blvd Suite 210, Tulsa, OK 74103}
Yours truly,\nMr. {name:Abbott}
My mother-in-law, {name:Judith}, loves the quilt.
Please update the name on the account to {name:Ramona Ellis}.
my email address is {email:lil.bit.country@example.com} not {email:lilbitcountry@example.com}
Email me at {email:n_okafor@students.example.edu}!
{email:support+ticket992@shop.example.com} bounced
You can call {phone:843.555.0121} or {phone:843-555-0122}
number: {phone:(205) 555 0177}
{phone:+1 (615) 555-0143} is my work line
call me back at {phone:2055550177}
ph {phone:555-0166}
Do not text {phone:1.251.555.0133}, it's a landline.
CC number {card:5105 1051 0510 5100}, zip 30301
I paid with {card:4222222222222}
My Mastercard {card:2223-0031-2200-3222} got charged
use card {card:6011000990139424} exp 04/26 cvc {password:123}
Bank account {bank_account:000987654321}, routing number {bank_account:122105155}
deposit it into my savings account {bank_account:4477-1190-22}
my ssn is {national_id:457-55-5462}
SSN {national_id:457555462}
Driver's license number {national_id:D1234567} was needed for pickup
passport no. {national_id:C03005988}
I'm at {address:3305 Turtle Creek Blvd, Dallas TX 75219}
We moved from {address:18 Sycamore Ct} to {address:2901 NE Hancock Street}.
Ship to: {address:1021-B Wilson Avenue, Chattanooga}
drop it at {address:640 Peach Orchard Road, Unit 7}
my address is {address:212 baker st apt 3}
{address:P. O. Box 40} is where mail goes
{address:100 Universal City Plaza}, Universal City
It's {address:7 Willow Bend, Tupelo MS 38801}
Order number {order:SCD-2024-00871} please
my order no is {order:9921774}
Where's order #{order:30998}?
track {order:9405511206213863423612} for me
order confirmation {order:A7K99Q2}
Invoice #{order:88-20417} doesn't match
Return authorization {order:RMA-2201} was sent
booking reference {order:LX88QP}
I have two orders, {order:48213} and {order:48214}.
Order {order:48213} and order {order:48219} came together.
account number: {account:0099-4412}
Rewards number {account:7781220934}
my member ID is {account:M4471902}
customer no. {account:33190}
My username is {account:magnolia_mom}
log in as user id {account:jdoe1987}
pw is {password:Biscuit&Gravy1}
Password = {password:qwerty!23}
my wifi password is {password:sweethome22}
The PIN number is {password:5519}
verification code {password:448120}
my passcode is {password:0042}
it logged {ip:192.0.2.146} at 3 pm
from {ip:fe80::1ff:fe23:4567:890a} apparently
My router is {ip:192.168.1.1}.
{url:https://example.com/orders/view?id=4471&key=9afc21} gives an error
clicked {url:https://shop.example.com/u/reset/ab12cd34ef56ab12cd34ef56}
{url:www.example.org/invite?code=XK2299} is my invite
https://shop.example.com/blog/10-porch-ideas is lovely
http://www.example.com/products/magnolia-wreath-22-inch
The Harper Sofa is $899 in navy.
Is Georgia Clay a color you still carry?
Do the Jasmine candles come in 8 oz?
The Madison Bookshelf needs 6 screws.
I want the Daisy mugs, set of 4.
Is the Willow Basket sold out?
Does the Amelia dress run small?
Try the Charleston Collection.
We drove from Mobile to Birmingham.
Visit us in Mount Pleasant, South Carolina.
I live near Lake Charles.
The store on Main Street closes at 6.
It was 2 pounds and 3 ounces.
Can I get 15% off orders over $200?
The temperature was 98.6 in July.
It's item 4471 on page 12 of the catalog.
SKU: 7781-220
UPC 012345678905
ISBN 978-3-16-148410-0
Model number XR-2200B
Lot 88123 expired 06/2025
Dimensions: 24x36x12 in
Available in 30301, 30302 and 30303.
The year 2023 was our best.
1,250 guests attended.
Order yours before 12/15!
My order is missing 2 cups.
My order arrived on 11/02/2024.
order 3 candles and 2 frames
I need 12 place settings by June 14, 2025.
Account settings won't load.
Reset your password on our site.
Is a password required?
The code is expired.
Use promo code HARVEST25.
Thanks Again!
Good Afternoon,\nIs this in stock?
Hello, World!
Hey Y'all!
I am Very disappointed.
I'm Disappointed, it's Broken.
Best Regards
Yes Ma'am, it will ship Monday.
Happy Thanksgiving from Southern Charm Decor!
Your Customer Care Team
Is this Made in America?
It's Not what I ordered.
I love Martha's style.
The Pope Quilt is hand stitched.
My name was misspelled.
What is your name?
Sure Thing, I'll check.
Call the store or Email us.
I spoke with Customer Service twice.
Ask for a Manager.
From Monday to Friday we ship daily.
To Whom It May Concern
Ship to Store is free.
""",
    "GB": r"""
I'm {name:Fergus MacLeod}, ringing about the oak bench.
My postcode is M1 1AE and I'm at {address:31 Canal Street}.
Address: The Old Vicarage, {address:4 Church Lane, Ludlow SY8 1AW}
tel {phone:0117 496 0999}
my mobile's {phone:07911 123456}
{phone:+44 (0)20 7946 0018} during office hours
NINO {national_id:JG 10 37 59 A}
my NHS number is {national_id:485 777 3456}
account {bank_account:12345678} sort code {bank_account:60-83-71}
Cheers,\n{name:Alistair}
It's 2.5 kg and 40 x 60 cm.
It came on 12/08/2023, about 16:45.
The sale runs 1-7 May.
Size 12 in navy, please.
""",
    "DE": r"""
Ich bin {name:Sabine Hoffmann} und warte auf mein Paket.
Hallo {name:Lukas}, wann kommt die Lampe?
Sehr geehrter Herr {name:Zimmermann},\nIhre Bestellung ist unterwegs.
Mit freundlichem Gruß\n{name:Dieter Baumann}
Handy: {phone:0176/12345678}
Erreichbar unter {phone:+49 (0)171 2345678}
Telefon {phone:0221 4710-123}
Anschrift: {address:Bahnhofstr. 8, 90402 Nürnberg}
{address:Karl-Marx-Allee 93a, 10243 Berlin}
{address:Lindenweg 4, 21244 Buchholz}
Bankverbindung: {bank_account:DE75 5121 0800 1245 1261 99}
Bestellnummer {order:20240817}
Kunden-Nr. {account:KD-99120}
Auftragsnummer: {order:A-551209}
Das Kennwort lautet {password:Apfel77baum}
Sendungsnummer {order:00340434161094042557}
Sozialversicherungsnummer {national_id:65 180539 W 003}
Preis: 1.299,00 € inkl. MwSt.
Öffnungszeiten: Mo-Fr 9:00-18:00
Lieferzeit 3-5 Werktage, PLZ 80331
Am Montag 24 Kerzen geliefert.
Im Januar 2024 war es kalt.
Modell 4711 in Grün
""",
    "FR": r"""
Je suis {name:Sophie Bernard}, cliente depuis 2019.
Bonjour {name:Thierry}, votre colis est parti.
Monsieur {name:Dupont} a appelé.
Bien cordialement,\n{name:Julien Petit}
Mon portable : {phone:07.81.23.45.67}
téléphone {phone:+33 (0)1 99 00 12 34}
Adresse : {address:3 place Bellecour, 69002 Lyon}
{address:27 chemin des Vignes, 33000 Bordeaux}
mon IBAN est {bank_account:FR76 3000 6000 0112 3456 7890 189}
Numéro de commande : {order:F-2024-0912}
facture {order:FA20240088}
n° client {account:CL-4471}
mot de passe : {password:Lavande2024}
Le prix est de 1 299,00 €.
Livraison sous 48 h, 75 cm de large.
Le 14 juillet 2024 à 20 h 30.
""",
}
