"""Sentences written when the detectors were finished. Read for the first time, precision was 1.00 and recall 0.87
(by overlap: 59 of 68, of which names 11 of 17; so 48 of 51 of everything else); the causes were mended after.
"""

UNSEEN = {
    "US": r"""
Hi, this is {name:Monique Fairchild} and I need to change my shipping address.
{name:Lamar} here - any word on my refund?
My fiancé {name:Dustin} ordered the chairs.
Could someone named {name:Portia} return my call?
I was helped by {name:Yolanda} at the register.
Please put it under {name:Bartholomew Quigley}.
The delivery guy, {name:Ramon}, left it in the rain.
Thanks so much, {name:Annalise}!
hey {name:jake} can you check this
Sincerely,\n{name:Cordelia M. Vance}
I'd like to thank {name:Theodora} for her patience.
Is Mr. {name:Castellano} in today?
Write me at {email:granny.mae1948@example.com} or call {phone:(601) 555-0148}.
contact: {email:b_wilkins@cedar-lodge.example.org}
cell {phone:3345550191}
My phone is {phone:662-555-0102}, extension none.
Fax it to {phone:1-256-555-0120}
Amex ending 1005, full number {card:3782 822463 10005}
card no {card:4916338506082832}, thanks
Take it from {card:6011-6011-6011-6611}.
checking account number {bank_account:5567712290}
ABA {bank_account:011000138}
SS# {national_id:321-54-9876}
My social: {national_id:612 40 8873}
passport number {national_id:547889123}
Our home is {address:919 Dogwood Trail, Valdosta, GA 31602}
Please ship to {address:55 Harbor Point Dr, Apt 9, Savannah}
Send the second one to {address:1200 S. Main St., Greenville SC}
{address:7401 Old Highway 49, Gulfport}
{address:33 Kings Cross}, Augusta
PO: {order:PO-88172}
order {order:SC10092} and {order:SC10093} are both late
Shipment {order:1Z88A4F50398112207} shows delivered
My confirmation number is {order:HG72KQ}.
ticket number {order:449120}
return #{order:20918}
acct number is {account:7710-2291}
My member number: {account:30019283}
client ID {account:QZ-4481}
user name: {account:porchlady52}
password is {password:ilovequilts}
I typed {password:Dixie_1975} as my password.
my pin is {password:7716}
The access code is {password:3391}
It came from {ip:172.16.254.1}
{url:https://shop.example.com/checkout?session_id=cs_test_a1b2c3}
Use {url:https://example.com/confirm/7f8a9b0c1d2e} to confirm
The Beaufort Bench comes in teak.
Is the Luna Lantern waterproof?
The Abigail Throw is out of stock.
Do you sell Georgia peach preserves?
Delivery to Nashville takes 3 days.
It costs $48.50 with tax.
zip 39501
My size is 10 1/2.
We ordered 40 chairs for May 17, 2025.
Item number 55-2210 is backordered.
It's 18 in x 24 in.
The coupon WELCOME10 didn't work.
Open 24/7, 365 days a year.
Happy Easter, Y'all!
Thank you for shopping with Southern Charm Decor.
I'm Not Sure which one to pick.
Your password has expired.
Order status?
Check https://www.example.com/faq#shipping first.
The 2024 catalog has 212 pages.
Ask Customer Service about it.
Hello Everyone, Happy Friday!
Call before 5 pm EST.
""",
    "GB": r"""
It's {name:Rosalind Thackeray}, order {order:WB-20931}.
Phone {phone:01865 496 0123} or {phone:07700 900 987}.
My address is {address:19 Victoria Terrace, Edinburgh EH1 2JL}.
National insurance: {national_id:CE 45 67 89 B}
{bank_account:GB33BUKB20201555555555}
Postage to BS8 4TQ is £3.95.
The jumper is a size 14.
""",
    "DE": r"""
Mein Name ist {name:Ulrike Sommerfeld}, Kundennummer {account:4471902}.
Guten Tag Frau {name:Petersen}, danke für Ihre Mail.
Bitte an {address:Rosenweg 17b, 04109 Leipzig} liefern.
Rückruf unter {phone:040 22 33 44 55}
{bank_account:DE12 5001 0517 0648 4898 90}
Bestellung {order:B-2024-118} ist beschädigt.
Die Kerze brennt 40 Stunden und kostet 12,50 €.
Wir haben am 3. Oktober geschlossen.
""",
    "FR": r"""
Je m'appelle {name:Bérénice Fontaine}.
Merci {name:Olivier} !
Mon adresse : {address:14 bis rue des Lilas, 31000 Toulouse}
Appelez-moi au {phone:05 61 23 45 67}
Commande {order:FR-88120} reçue abîmée
La bougie coûte 19,90 € et brûle 40 heures.
Expédition à 75008 Paris.
""",
}
