"""The kinds of mistakes that a round of many countries and wordings showed, each mended: short cases by hand."""

WORLD = {
    "US": r"""
agent: what password did you try?\ncustomer: {password:Tulip$22x}
Agent: Which account? Customer: {account:77-1034-20}
Agent: May I have the name on the order? Customer: sure, it's {name:oksana bondarenko}
Agent: What's your order number? Customer: {order:QF7H2M}
Agent: What's your order number? Customer: nevermind
Agent: Thank you, {name:Tom Becker}. And your wife, your name please?\nCustomer: {name:lena voss}
Agent: And your name please? Customer: one moment
I changed it to {password:Birch#Lane9} and the password still fails
I used Chrome120 and forgot my password.
the login is {email:ida@oak.example} / {password:S0uthStar!}
Password - {password:Qu1et_Pond}
Password - please reset it.
the password I use is {password:LazyOtter2018}
account ending in {account:7719} was closed
my frequent flyer number is {account:7730019244}
loyalty no. {account:6112 9930 4} shows nothing
order {order:114-5529910-8834012} says delivered
{order:X-55018833} was never delivered
my number is {phone:917-555-0163}
a pan 10241 of the series
{url:https://mail.example.com/u?k2=Qk29dLsPq81mNvX0}
{url:http://portal.example.io/in/eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.sig}
https://shop.example.com/c/lamps?utm_campaign=spring-2024-sale&variant=oak-140x70-natural
Sue the airline? Jack up the car first.
Got it {name:Lou}.
I have an appointment with {name:Hope} on Friday.
{name:Grace} was really patient with me.
hi its {name:mark}, any news
it's under {name:hernandez}, first name {name:lucia}
hello mr {name:okonjo}, your room is ready
is {name:sandeep} working this weekend
{name:priyanka deshmukh} called me twice
Name on the reservation: {name:Al-Hassan, Yusuf}
{name:Min-jun Kim} and {name:Park Seo-yeon} share it
Transferring you to {name:Hye-jin}, please hold.
Hermes and Royal Mail both deliver here.
Our app 7.12.0.4 needs iOS 17.
Via Rail 60, Calle 13, Plaza 5 and the Colgate 3 pack
""",
    "GB": r"""
s/c {bank_account:40-02-26} a/c {bank_account:71392884}
Our office: {phone:+44 (0)161 496 0733}
{address:Rose Cottage, Church Lane, Bibury GL7 5NP}
My passport ({national_id:A07741903}) expired.
""",
    "AU": "BSB {bank_account:062-184}, acc {bank_account:1093 4427}.",
    "IN": "My PAN is {national_id:ABCPK1234F}.\nA/c no {bank_account:50100284471936}, IFSC {bank_account:HDFC0001284}",
    "JP": "My Number is {national_id:7752 7813 5120}.\nShip to {address:1-7-2 Otemachi, Chiyoda-ku, Tokyo}.",
    "BR": r"""
Entrega na {address:Rua das Flores, 210, Apto 51, São Paulo - SP, 04521-030}.
Olá, meu CEP: 04521-030
Pedido {order:90412331} atrasado, minha senha é {password:Girafa#9}
""",
    "PL": "Adres: {address:ul. Lipowa 18/4, 31-502 Kraków}\nProszę dzwonić: {phone:601 234 567}",
    "SE": "Jag bor på {address:Storgatan 14, 114 55 Stockholm}.",
    "MX": "{address:Av. Insurgentes Sur 1602, Col. Roma, 06700 Ciudad de México}",
    "PT": "O meu telemóvel é {phone:912 345 678}.",
    "IT": "Il mio numero d'ordine è {order:55102-AX}.\nLa mia password è {password:Rossini!99}",
    "ES": "mi DNI es el {national_id:12.345.678-Z}\nla contraseña es incorrecta",
    "FR": "Mon numéro client est le {account:CL0093821}.",
    "NL": "mijn bestelnummer is {order:4471209} en klantnummer {account:88120}",
    "DE": "Agent: Ihre Bestellnummer?\\nKunde: {order:2024-118833}",
}
