"""Wordings that a round of probes got wrong: who is spoken to, closes a letter, speaks or is spoken of, with names that
stand in no list and with ones in small letters; numbers and addresses named in ways not met before. Every line of
`WORDINGS` was wrong before it was mended; `NO_NAMES` are their nearest likes with nothing personal in them.
"""

WORDINGS = {
    "US": r"""
the warranty is registered to {name:gustavo}, not me
can you email {name:priyanka} as well
{name:jamal} mentioned a discount yesterday
i gave the box to {name:brian} at the desk
ok {name:lucinda} i have refunded the shipping charge
{name:mike} never got the code, {name:angela} did
it was {name:sarah}'s birthday present
Have a great day, {name:Zorvane}!
You're welcome, {name:Okwudili}.
Hang tight, {name:Jorvik}.
Is there anything else I can help you with today, {name:Thessalia}?
Thank you for your patience, {name:Zorvane}.
My apologies, {name:Quillem}, it should have shipped.
I completely understand, {name:Zorvane}.
{name:Zorvane}, please confirm the shipping address.
{name:Zorvane}, I have located your parcel.
Okay {name:Zorvane}, let me look that up.
Great news {name:Zorvane}, your refund was approved.
{name:Zorvane}, my husband, will pick it up.
{name:Zorvane} (my wife) is on the plan too.
{name:Zorvane} just hung up on me.
{name:Zorvane} will be with you shortly.
{name:Zorvane} at the front desk was rude.
Let {name:Zorvane} know I am outside.
Please forward this to {name:Zorvane}.
Is {name:Zorvane} in today?
I'd like to add {name:Zorvane Quillem} as a driver.
My technician {name:Zorvane} was late.
The technician was {name:Zorvane}.
My fiancé is {name:Zorvane}.
His name was {name:Zorvane}.
Everyone calls me {name:Zorvane}.
It is spelled {name:Zorvane}.
You got my name wrong, it's {name:Zorvane}.
The gift is for {name:Zorvane}.
Please engrave it with {name:Zorvane}.
Try looking under {name:Zorvane}.
The ticket was opened by {name:Zorvane}.
Transferred by {name:Ignatius K.} to tier 2
Dear {name:Zorvane} and {name:Quillem},
Hi {name:Deepak}/{name:Zorvane},
My kids {name:Zorvane} and {name:Quillem} share a tablet.
Technician: {name:Zorvane}
Nominee: {name:Zorvane Quillem}
Nurse {name:Zorvane} gave me the form.
Please advise.\n\n{name:Zorvane}
Looking forward to your reply.\n{name:Zorvane Quillem}
talk tomorrow xx {name:Zorvane}
{name:Zorvane}\nCustomer Success Manager\nBrightline Dental
[10:02] {name:Zorvane}: hello
{name:Zorvane}: hi\n{name:Quillem}: hello\n{name:Zorvane}: bye
{name:Barnaby} still has my deposit.
The case number I was given is {order:CS0048831}.
The confirmation number you sent me is {order:QX7719}
re: {order:ORD-99213}
{order:SO-33918} arrived damaged
INV {order:20931} has the wrong tax
waybill {order:7712039944}
P.O. number {order:4500123}
UPS {order:1Z 999 AA1 01 2345 6784}
order_id={order:20931}
cust no {account:20931}
SkyMiles # {account:2093188412}
student ID {account:20931884}
insurance ID is {account:XYZ209318841}
i reset it to {password:Maple$yrup77} but nothing happens
The passcode to the gate is {password:4471}
memorable word is {password:dragonfly}
my address is {address:88 Maplewood, Apt 3, Springfield, IL}
it's the blue house on {address:Route 9, Box 114B, Hinton, WV}
{address:500 Terry A Francois Blvd}
ph {phone:5035550126}
write to {email:jane @ gmail.com}
""",
    "IE": r"""
Can you send it to {address:Apartment 4, The Malthouse, Distillery Rd, Dublin 3} instead?
""",
    "GB": r"""
{address:18 Elgin Cres, W11 2JA}
""",
}

NO_NAMES = r"""
is the sarah sofa in stock
ralph lauren polo and harry potter mugs
a ride from craig and center
flights to san jose or saint paul
Nevermind, please book it
Nevermind, thank you
Gotcha, I need two
Great, Thnaks!
Got it, Thankyou!
Okay, Unfortunatly, I can't do that.
Additionaly, I would like a receipt.
Hold on, Whaaat?
Sooo, can you help me
No worries, Hahaha.
Sorry about that, Autocorrect.
Which city? Zorlake, please.
Thank you for shopping with us, Lumora Team
Thank you for choosing Lumora!
Please advise.\n\nBrightline Dental
I ordered:\n\nKallax Shelf
Items:\nKallax
Doordash will be with you shortly
Zappos hung up on me
Forward this to Accounting.
Let Support know
Call me Thurs.
Check under Settings.
The rep was Awful.
Regional Sales Director
10:30 Yoga: main hall
Brand: Lumora\nColour: Teal\nMaterial: Boucle
Hey, Kallax and Malm are sold out
my parents Zojirushi rice cooker
I don't want to go to London, my partner's brother lives there
the order number is missing and the total was 1299
The order I placed was 1200 dollars
INC 5000 company list
CS-5000 speaker
Route 66, box set
The address is 3 Miles away.
my insurance 250000 coverage
set it to 72°F!
change it to 12pm!
security answer is required
meet @ target.com
"""
