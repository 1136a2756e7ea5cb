"""Sentences with personal data marked by hand as {type:value}; those without a mark must stay as they are."""

MARKED = """
Hi, my name is {name:Sarah Johnson} and I ordered a lamp.
my name is {name:tyler} and i need help
This is {name:Marcus} from Tulsa, the bench arrived scratched.
I'm {name:Priya}, could you check on a return?
Hello, {name:Beth} here again - you can reach me at {email:beth.h+shop@mail.example.com}.
You can call me {name:Bob}.
Please ask for {name:Dolores Whitfield} at the desk.
Is Mrs. {name:Abernathy} still in charge of returns?
Dear {name:Margaret}, thank you for writing to us.
Thanks {name:Kevin}, that helps a lot!
I spoke with {name:Diane} yesterday about the quilt.
Kind regards,\n{name:Harold Finch}
{name:Sandra Lopez} ordered the same wreath last year.
Name: {name:Wei Zhang}
Send the receipt to {email:j.doe@example.org} please.
my email's {email:rose_hill99@example.co.uk}, thanks
E-mail me: {email:first.last@sub.example.com}.
Call me at {phone:(404) 555-0142} after five.
My number is {phone:404-555-0199}.
Reach me on {phone:+1 212 555 0187} any time.
You can text {phone:555-0134}.
my cell phone is {phone:2125550176}
From abroad it is {phone:+44 20 7946 0958}.
Fax: {phone:312.555.0111 ext. 12}
Charge it to {card:4111 1111 1111 1111}.
My Visa is {card:4242424242424242}, expires 12/27.
the card {card:3782 822463 10005} is {card:378282246310005} without blanks
Amex: {card:3714-496353-98431}
Refund to IBAN {bank_account:DE89 3704 0044 0532 0130 00}, please.
{bank_account:GB82WEST12345698765432} is where the refund goes
My bank account number is {bank_account:000123456789}.
routing number {bank_account:021000021}
My social is {national_id:536-22-8145}.
SSN: {national_id:123-45-6789}
social security number {national_id:536228145}
I live at {address:12 Peachtree Street, Atlanta, GA 30303}.
Ship it to {address:4802 Old Mill Rd Apt 7B, Macon 31201}
the address is {address:77 oak avenue, Savannah}
We moved to {address:1501 N. Lakeview Dr.} last week.
Send it to {address:P.O. Box 2219, Valdosta}.
Deliver to {address:9 Court Square, Suite 300} downtown.
Where is my order {order:48213}?
My order number is {order:A-10382}.
order #{order:5521} never came
Tracking number {order:1Z999AA10123456784} shows nothing.
invoice no. {order:2024-1187} has the wrong total
Any news about #{order:771245}?
My customer number is {account:88213}.
account {account:99887766} is locked
Membership ID: {account:LX-20391}
My loyalty number is {account:7730021}.
My password is {password:Magn0lia!} and it fails.
pwd: {password:hunter22}
The PIN is {password:4821}.
my pin {password:0314} does not work
I changed the password to {password:Tr0ub4dor&3}.
I was logged in from {ip:203.0.113.42}.
My address on the network is {ip:2001:db8::8a2e:370:7334}.
The link {url:https://shop.example.com/reset?token=9f8e7d6c5b} has expired.
I used {url:https://example.com/login?user=beth&session=abc123} yesterday.
It says {url:https://example.com/i/a8Fk29sLq0Zx81mNvB73} not found
{name:Tom Becker}, {email:tom.becker@example.com}, {phone:(912) 555-0120}
"""

CLEAN = """
The Magnolia Wreath is $48 and measures 22 inches.
Shipping to 30301 takes 4 days and costs $12.
how much do you charge to ship to 32023?
My zip code is 90210-1234.
We sold about 12000 units in 2023.
I'd like an order of 12 candles for $1,299.00 in total.
Do you have order 500 units pricing?
Our price went from 19.99 to 24.99 on 05/12/2024.
The table is 120 x 75 x 40 cm.
We are open 9:00 to 17:30, Monday to Friday.
Dear Sir or Madam, in accordance with our policy we cannot help.
Hey there! So glad you asked!
Thank You Kindly. Have a Great Day!
I'm Sorry to hear that.
I'm So happy with it, and it's Perfect for the porch.
This is Great news, thanks a lot.
Hello Again, is the Savannah Lamp in stock?
Is the Charlotte Throw real wool?
The Georgia Peach Candle smells lovely.
my password is not working
I forgot my password.
The password is wrong, it says.
Please see https://shop.example.com/returns for details.
Turn left on 5th Avenue, it is 2 ways to drive there.
There are 3 rooms on the square, 700 meters away.
It ships in 2 days by way of Memphis.
Version 2.10.4.1 of the app crashes at 12:30:45.
The code SAVE20 gives 20% off.
Returns are free for 60 days, case closed.
A 50-60 lb box of 100 pieces holds 250.
Order by 2024-11-30 for delivery in 2024.
The card ending in 4242 was charged.
Account holders get 15% off 3-packs.
I need 24 hours to think, call you at 5.
"""
