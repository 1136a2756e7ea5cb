"""Sentences with one right answer for each check of `rules.py`; written by hand, no row of the labelled replies."""

TROUBLE = """
my mirror came with a crack in it
The lamp stopped working after a day
You sent me two left curtains
one of the plates is chipped
the package never came
I still don't have my order
it's been three weeks and nothing
I received someone else's order
there's a hole in the quilt
I ordered six napkins and only four were in the box
the box was empty
nobody ever got back to me
your driver left it in the rain
I was charged twice
the refund hasn't shown up
the candle arrived melted
my order was due on the 3rd and today is the 10th
Very disappointed in this rug
the clock doesn't keep time
I got a small instead of a large
The handle came off
what happened to my order? it should have been here Tuesday
you forgot the hooks
no hooks in the box
I've emailed three times with no answer
you cancelled my order for no reason
my discount wasn't applied
one arm of the chair is loose
the shipment is two weeks behind
it says delivered and there is no box
The drawer sticks and won't open
my gift never made it
half the lights are dead
color is way off from the picture
"""
NO_TROUBLE = """
how much is the lamp
what if it's late
do you replace broken items
do your plates chip
will the paint crack in winter
is it too late to change my order
do you have late hours
has my order shipped yet
do you carry replacement glass
does the finish scratch
I changed my mind about the rug
what's the difference between the two mirrors
sorry to bother you but is this real wood
I never ordered from you before, how does it work
I haven't decided on a color yet, what do you suggest
I can't find the size chart
the wreath is lovely, thank you!
Does the warranty cover cracks
my order 123 where is it
I lost my tape measure, how tall is it
do you still have the missing piece sets
how do I keep it from fading
do I need to wait for the paint to dry
what's the wait on custom orders
"""
APOLOGIES = """
I'm sorry, we don't carry it.
We're awfully sorry but it's sold out.
Apologies, it's sold out.
Please accept our apologies.
We regret to say it's gone.
Regretfully it's gone.
Please forgive the mess.
Pardon the wait.
I beg your pardon.
Please excuse the delay.
My bad!
I feel awful that it's gone.
I'm embarrassed to say it's gone.
Sorry 'bout that!
Sowwy!
Can you forgive us?
Sooo sorryyy!
"""
NO_APOLOGIES = """
You won't be sorry you bought it.
There's no need to apologize, friend.
No apology necessary!
You don't have to apologize for asking.
Don't you be sorry one bit.
Better safe than sorry!
Folks are always sorry when it sells out.
I've never regretted mine.
I have no regrets about it.
You wrote "sorry for the bother", but you're no bother.
It's a forgiving fabric.
Linen will forgive a spill.
Never say sorry for asking!
My only regret is not buying two.
You'd be sorry to miss it.
You have nothing to apologize for.
"""
OFFERS = """
Anything else?
What else can I do for you?
I'm here if you need me.
Please let us know how we can help.
Give me a call anytime.
Holler!
Just ask.
Shall I wrap it?
Want one?
Would you like to see photos?
If you need help hanging it, I'm your gal.
Can I interest you in a matching pillow?
Questions? I've got answers.
If I can help further, say so.
Don't be a stranger.
We're here for you, day or night.
My door is always open.
I'll be right here if you think of something.
Tell me what else you're hunting for.
I'm happy to answer more questions.
Care to see it in blue?
I can check the other colors for you too, if you'd like.
Let me know what you think and I'll get it boxed up.
Need a hand? I'll walk you through it.
I can wrap it for you. Would that suit?
Anything else? Have a lovely day!
"""
NO_OFFERS = """
May I have your zip code?
What's your order number?
Have a nice day.
It ships Monday.
Please call the carrier.
Please let us know your order number.
If you order by noon it ships today.
Which size do you need?
Nothing else is needed.
We don't have anything else in blue.
See our website for more information.
I'm happy to help.
We're here from 9 to 5 on weekdays.
What color would you like?
Can you tell me your name?
Call the bank about any charge.
Let us know once you've mailed it.
If it arrives broken, we'll replace it.
How big is your porch?
If you need anything else, you'll find it on the FAQ page.
"""
POLICY = """
As per our policy, no.
Please be advised it is $48.
Kindly reply.
We are unable to ship.
Your request has been received.
This is subject to availability.
We apologize for any inconvenience.
Please do not hesitate to call.
Thank you for your continued patronage.
Returns must be initiated within 30 days.
Our policy does not allow it.
Please refer to our website.
Please retain this for your records.
You will be contacted by a representative.
Customers are required to present a receipt.
We wish to inform you that it's gone.
Your case has been escalated.
Terms and conditions apply.
Upon receipt we will inspect it.
"""
NO_POLICY = """
You can send it back within 30 days.
Thank you kindly!
Roses are scarce at this time of year.
It's $8 per yard.
Our policy is simple: love it or send it back.
Note the little bow on the back!
It must be so exciting!
It should be washed cold.
Your order has been packed.
Your parcel will be delivered Monday.
It has been a pleasure.
Just a note: it runs small.
Refunds go back to your card in 3 days.
It makes a cozy home for your records.
"""
GREETINGS = """
Hey there!
HELLO!
Hi, Martha!
Martha, hi!
Good mornin'!
Well, hello there
Oh goodness, hi!
Welcome to the shop!
Heyyy!
Happy Friday, friend!
Oh my stars, hello!
Yoo-hoo!
A big hello to you!
Evening!
And a good morning to you!
"""
NO_GREETINGS = """
Dear customer,
Greetings.
The price is $48. Hello!
Thank you for asking.
To whom it may concern
Hidden hooks.
Goodness, it's $48.
Welcome mats are $20.
Welcome your guests in style.
Hi-res photos are on the site.
Honey, it's $48.
Morning delivery is $5.
"""
WARM = """
Thanks for asking!
It's $48, sugar.
We'd love to have you.
What a sweet idea!
You'll adore it.
Bless your heart.
It's our pleasure.
You've made my day!
We appreciate you!
It's a beauty.
Hope y'all enjoy it!
You're in good hands.
So good of you to ask.
I could not be happier for you.
Aren't you sweet!
You have such a good eye.
Ain't that the truth, friend!
Thank you for thinking of us!
"""
NOT_WARM = """
The wreath is $48.
It comes in honey and white.
Thank you for contacting us.
Thank you for your patience.
Hope this helps.
Thank you.
The love seat is $400.
It's a pretty big mirror.
Have a nice day.
We are not happy to ship there.
You won't love it.
It's not a good choice for outdoors.
It's for you and a friend.
Sugar maple frame.
Sweet tea pitcher is $30.
"""
