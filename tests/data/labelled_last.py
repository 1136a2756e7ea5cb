"""A short round written when all the others had been mended on. Read once, exact spans: precision 1.00, recall 0.94
(names 0.91); nothing was mended after.
"""

LAST = {
    "US": r"""
hey its {name:monica} from yesterday, any update on the rug
hello i am {name:derrick hobbs}
Hi! {name:Tatyana} here. Did you get my photos?
Thanks for your help, {name:Emmanuel}.
I was speaking with {name:Latoya Simmons} earlier.
Please reroute it to my daughter {name:Anneke}.
Hello {name:Gwendolyn},\nThank you for your order {order:40551}.\nBest regards,\n{name:Mateus}
Regards,\n{name:Ikechukwu Nwosu}\n{address:2204 Juniper Drive\nAthens, GA}
Who is this? It's {name:Rosanna}.
The account is under {name:Philomena Drake}.
Customer name: {name:Yusuf Kaplan}\nPhone: {phone:(919) 555-0155}
Is {name:Brandi Lockhart} in? She called me.
{name:Leontyne} promised me a callback.
Mrs. {name:Abercrombie} and Mr. {name:Doyle} both complained.
Per {name:Saoirse}, the refund is approved.
My grandson {name:Zander} spilled tea on it.
Order placed by {name:Hollis McBride}.
{name:Stavros Papadakis}, {email:stavros@olive.example}
I gave it to {name:Candace} at the counter.
forward this to {name:Lindsay} please
Send the invoice to {email:ap+22@firm.example}, attn {name:Norbert Klee}.
The Ophelia Mirror is sold out.
Do you have the Marlowe bench in oak?
Is Savannah or Atlanta closer?
I love Dolly Parton and her style.
Your Winter Catalog is lovely.
Thank You For Your Business!
I'm Exhausted, this is my Third email.
Delivery to Baton Rouge, Louisiana?
We bank with Wells Fargo.
Best Buy has it for less.
Hope this helps!
Will it ship by Easter?
Grace period is 30 days.
Mark it as urgent.
May I return it?
Our Rose Gold frames are back.
From: Shipping Department
Subject: Re: Refund
Regards,\nThe Team
Call {phone:478.555.0131}, ask for {name:Rufus}.
cell: {phone:6785550199}
My order number was {order:99-20417}
Confirmation # {order:KX81Q0}
account number {account:5520-118}
My password is {password:Tulip*44}.
PIN: {password:5512}
SSN {national_id:402-11-9087}
card {card:4111111111111111}
We live at {address:48 Heron Point Road, Beaufort}.
""",
    "GB": r"""
Hello, {name:Catrin Bevan} here about my sofa.
Thanks ever so much\n{name:Dougal}
Could {name:Parminder} ring me on {phone:07700 900612}?
The Chatsworth lamp is stunning.
{address:16 Abbey Road, Bristol}
""",
    "DE": r"""
Guten Tag, mein Name ist {name:Swantje Petersen}.
Freundliche Grüße\n{name:Thorben Kruse}
Die Bestellung ist noch nicht angekommen.
Frau {name:Özdemir} war sehr nett.
Haben Sie den Tisch Oslo in Eiche?
""",
    "FR": r"""
Bonjour, je m'appelle {name:Gwenaëlle Prigent}.
Merci {name:Bastien} pour votre aide.
Bien cordialement,\n{name:Sandrine Fournier}
Avez-vous le miroir Apolline ?
""",
}
