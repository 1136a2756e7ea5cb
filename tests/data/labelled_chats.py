"""Chats, mails and tickets with what went wrong in a round read once: whole postal addresses, words for signs and
digits, typing errors, months and verbs as names, names in small letters, makes named after people.
"""

CHATS = {
    "US": r"""
I'd like the replacement sent to {address:1847 Maple Ridge Dr, Apt 4B, Columbus, OH 43215} instead please.
new address is {address:PO Box 1182, Missoula, MT 59806} because we moved in June
Shipping to:\n{name:Rajesh Venkataraman}\n{address:4410 Oakhurst Blvd\nPlano, TX 75024}
I live at {address:908 N. Ashland Avenue, Unit 3, Chicago} and the driver keeps leaving stuff at 980.
M: {phone:+1 303 555 0177}\n{address:1600 Larimer St, Suite 210, Denver, CO 80202}
I live at {address:12 Oak Street}, {name:Karen} lives next door
{address:12 Oak Street}, Please call
Delivery to Columbus, OH 43215 takes 3 days.
email me at {email:john dot smith at gmail dot com} thx
my email is {email:dana_k (at) protonmail (dot) com}
look at amazon dot com
I bought it at walmart.com
phone is {phone:five five five, two one two, nine eight four four}
ssn is {national_id:five one two four four eight nine three oh}
one or two or three or four boxes, five pallets, six pens, seven inks
ordr number is {order:10029384} and i want 2 cancel it
my acount number is {account:5582019}
pasword: {password:Cat!44}
My login is stuck. Please help.
my login is {account:rosa_92}
agent: who am i speaking with?\ncustomer: {name:bob}\nagent: thanks, your order number?\ncustomer: {order:A9921834}
Agent: May I know your name?\nCustomer: sure
im {name:jorge} and my wife {name:maria elena} ordered the crib
this is {name:miguel angel torres}
hello i am {name:derrick hobbs}
my daughter grace loves it
user {name:Liu Yang} reports that the mobile app crashes on launch
Hi {name:Rose},\n\nI never received the second box. Could you look into it?\n\n{name:Will}
Hi {name:Will}, thanks for the quick fix.
this is {name:April} from billing
Best,\n{name:May Chen}
Hi may I ask something? Will do.
Good morning, April showers and a Summer sale.
Do you carry Levi's 501s in 32x34?
I bought a pair of Doc Martens and a Ralph Lauren polo, both were the wrong color.
Error code 500-22-1034 when I hit checkout
The firmware version is 2.14.3.1 now.
{name:Mark} said hi.
Mark the box as fragile, next to the Amber lamp.
{name:Amber} from support helped me.
{name:Frank} told me to call, to be frank.
hey team, {name:janelle} in accounting needs the invoice
{name:Rahul}'s laptop is dead
where is my refund?\nthnx, {name:bill}
yours truly, {name:harriet}
Signed, {name:Dolores}
Sgt. {name:Ramirez} picked it up
Nike Air Max 90 or Adidas Stan Smith size 9?
Johnson & Johnson, Goldman Sachs and Dr. Scholl's insoles
""",
    "GB": r"""
Please redeliver to {address:14 Larkspur Close, Guildford, GU2 9XY}.
deliver to {address:10 High Street\nOxford\nOX1 4AB}
""",
    "DE": r"""
Bitte liefern Sie an {address:Lindenstraße 47, 10969 Berlin}.
""",
    "ES": r"""
Vivo en {address:Calle de Alcalá 45, 3º B, 28014 Madrid}
Hola {name:María José}, tu pedido salió hoy
""",
    "NL": r"""
Ik woon op {address:Prinsengracht 263, 1016 GV Amsterdam}, bel me op {phone:06 12345678}
""",
    "CA": r"""
My SIN is {national_id:046 454 286}, address {address:77 Bloor St W, Toronto, ON M5S 1M2}
""",
    "AU": r"""
Send it to {address:5/88 Banksia Street, Fitzroy VIC 3065} thanks
""",
    "IN": r"""
Aadhaar no. {national_id:2341 2341 2346} and PAN {national_id:ABCPI1234K} for KYC
deliver to {address:Flat 302, Sai Residency, 4th Cross, Indiranagar, Bengaluru 560038}
{address:Plot No 45, Sector 18, Gurugram, Haryana - 122015}
We ordered 3, got 2, paid 125000
my pincode is 400001
Myself {name:Kavya}, calling from Pune, no. {phone:9123456780}
""",
}
