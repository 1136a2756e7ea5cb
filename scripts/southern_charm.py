"""The language of the fictional store Southern Charm Decor: what customers ask and how its agents answer.

A small grammar, used by `build_brand.py` (transcripts and prompts that ship) and `build_base_model.py` (the text
the tiny base model learns from). A `Case` is one question with the facts that answer it; `reply(case, tone, rng)`
words the answer in one agent's habit. Every draw comes from the `random.Random` that is passed in.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

SYSTEM = "You answer customers of Southern Charm Decor."
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")

# One entry an intent: the questions, then the core of the answer as plain, warm and stiff agents put it.
# Fields in braces are facts of the case; `needs` are the facts a right answer must state.
INTENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "price": {
        "needs": ("item", "price"),
        "ask": (
            "how much is the {item}?",
            "What does the {item} cost?",
            "price of the {item} please",
            "Hi, what are you asking for the {item}?",
            "Could you tell me the price on the {item}?",
        ),
        "plain": ("The {item} is {price}.", "The {item} costs {price}.", "{price} for the {item}."),
        "warm": (
            "The {item} is {price}, and it's a real favorite around here.",
            "You can bring the {item} home for {price}.",
            "That pretty {item} is {price}.",
            "The {item} comes in at {price}, and it's such a charming piece.",
        ),
        "stiff": (
            "the price of the {item} is listed at {price}",
            "the {item} is offered at a price of {price}",
        ),
    },
    "size": {
        "needs": ("item", "size"),
        "ask": (
            "how big is the {item}?",
            "What are the measurements of the {item}?",
            "what size is the {item}",
            "Will you tell me how large the {item} is?",
        ),
        "plain": ("The {item} measures {size}.", "The {item} is {size}.", "{size} for the {item}."),
        "warm": (
            "The {item} measures {size}, so it'll look right at home on most walls and shelves.",
            "Our {item} is {size}, just right for a cozy corner.",
            "The {item} is {size}, and it's even prettier in person.",
        ),
        "stiff": ("the {item} measures {size}", "the dimensions of the {item} are {size}"),
    },
    "material": {
        "needs": ("item", "material"),
        "ask": (
            "what is the {item} made of?",
            "Is the {item} real wood or what?",
            "which material is the {item}",
            "Can you tell me what the {item} is made from?",
        ),
        "plain": ("The {item} is made of {material}.", "The {item} is {material}."),
        "warm": (
            "The {item} is made of {material}, and you can feel the care in it.",
            "Our {item} is made of {material}, so it'll last you many seasons.",
            "That {item} is {material}, made to be loved.",
        ),
        "stiff": ("the {item} is manufactured from {material}", "the {item} consists of {material}"),
    },
    "color": {
        "needs": ("item", "colors"),
        "ask": (
            "what colors does the {item} come in?",
            "Which colours can I get the {item} in?",
            "colors for the {item}?",
        ),
        "plain": ("The {item} comes in {colors}.", "{item}: {colors}."),
        "warm": (
            "The {item} comes in {colors}, and they're both lovely.",
            "You can have the {item} in {colors}, whichever suits your home.",
            "Our {item} comes in {colors}, so there's one for every porch.",
        ),
        "stiff": ("the {item} is available in {colors}", "the {item} is supplied in {colors}"),
    },
    "stock": {
        "needs": ("item", "stock"),
        "ask": (
            "is the {item} in stock?",
            "Do you still have the {item}?",
            "any {item} left?",
            "Is the {item} available right now?",
        ),
        "plain": ("The {item}: {stock}.", "We have this for the {item}: {stock}."),
        "warm": (
            "I just checked the shelf for the {item}: {stock}.",
            "Here's what I see for the {item}: {stock}.",
            "I took a peek at the {item} for you: {stock}.",
        ),
        "stiff": (
            "the inventory status of the {item} is: {stock}",
            "our records for the {item} state: {stock}",
        ),
    },
    "care": {
        "needs": ("item", "care"),
        "ask": (
            "how do I clean the {item}?",
            "How should I care for the {item}?",
            "care instructions for the {item}?",
        ),
        "plain": ("For the {item}: {care}.", "{item}: {care}."),
        "warm": (
            "To keep your {item} pretty, {care}.",
            "Your {item} is easy to look after: {care}.",
            "For the {item}, just {care} and it'll stay beautiful.",
        ),
        "stiff": ("to maintain the {item} you must {care}", "care of the {item} is as follows: {care}"),
    },
    "ship_time": {
        "needs": ("zip", "days"),
        "ask": (
            "how long does shipping to {zip} take?",
            "When would an order get to {zip}?",
            "delivery time to zip {zip}?",
            "I live in {zip}, how many days until it gets here?",
        ),
        "plain": ("Shipping to {zip} takes {days}.", "Orders to {zip} arrive in {days}."),
        "warm": (
            "Your package will reach {zip} in {days}.",
            "We'll have it on your porch in {zip} in {days}.",
            "Shipping to {zip} takes {days}, and we'll pack it with care.",
        ),
        "stiff": ("delivery to {zip} requires {days}", "the transit time to {zip} is {days}"),
    },
    "ship_cost": {
        "needs": ("zip", "cost"),
        "ask": (
            "what is shipping to {zip}?",
            "How much do you charge to ship to {zip}?",
            "shipping cost for zip {zip}",
        ),
        "plain": ("Shipping to {zip} is {cost}.", "It costs {cost} to ship to {zip}."),
        "warm": (
            "Shipping to {zip} is {cost}, and we'll wrap everything snugly.",
            "It's {cost} to send your order to {zip}.",
            "We can get it to you in {zip} for {cost}.",
        ),
        "stiff": ("the shipping charge to {zip} is {cost}", "a fee of {cost} applies to deliveries to {zip}"),
    },
    "returns": {
        "needs": ("item", "window"),
        "ask": (
            "can I return the {item}?",
            "How long do I have to send back the {item}?",
            "return window for the {item}?",
        ),
        "plain": ("You have {window} to return the {item}.", "The {item} can go back within {window}."),
        "warm": (
            "You have {window} to send the {item} back if it isn't quite right for your home.",
            "Take your time, you've got {window} to return the {item}.",
            "The {item} can come back to us within {window}, easy as pie.",
        ),
        "stiff": (
            "returns of the {item} are accepted within {window}",
            "the {item} may be returned within a period of {window}",
        ),
    },
    "wrap": {
        "needs": ("item", "wrap"),
        "ask": (
            "can you gift wrap the {item}?",
            "What does gift wrap cost for the {item}?",
            "gift wrapping on the {item}, how much",
        ),
        "plain": ("Gift wrap for the {item} is {wrap}.", "We wrap the {item} for {wrap}."),
        "warm": (
            "We'll wrap the {item} with a big bow for {wrap}.",
            "Gift wrap for the {item} is {wrap}, and it's just darling.",
            "For {wrap} we'll tie up the {item} with ribbon and a handwritten tag.",
        ),
        "stiff": (
            "gift wrapping of the {item} is charged at {wrap}",
            "the wrapping fee for the {item} is {wrap}",
        ),
    },
    "order": {
        "needs": ("order", "date"),
        "ask": (
            "where is my order {order}?",
            "When will order {order} arrive?",
            "status of order {order}?",
            "Any news on {order}?",
        ),
        "plain": ("Order {order} arrives {date}.", "Your order {order} is due {date}."),
        "warm": (
            "Your order {order} is on its way and should be on your doorstep {date}.",
            "I found order {order}, and you'll have it {date}.",
            "Order {order} is all packed up and gets to you {date}.",
        ),
        "stiff": ("order {order} is scheduled for delivery {date}", "order {order} will be delivered {date}"),
    },
    "damaged": {
        "needs": ("item", "days"),
        "ask": (
            "my {item} arrived broken",
            "The {item} came cracked, what now?",
            "I just opened the box and the {item} is damaged.",
        ),
        "plain": ("A new {item} will reach you in {days}.", "We'll send another {item} in {days}."),
        "warm": (
            "A fresh {item} will be on your doorstep in {days}, and there's nothing you need to send back.",
            "I've got a new {item} coming your way in {days}.",
        ),
        "stiff": (
            "a replacement {item} will be dispatched within {days}",
            "a new {item} will arrive in {days}",
        ),
    },
    "late": {
        "needs": ("order", "date"),
        "ask": (
            "order {order} is late, where is it?",
            "My order {order} still hasn't arrived.",
            "why is order {order} delayed",
        ),
        "plain": ("Order {order} will now arrive {date}.", "Order {order} is now due {date}."),
        "warm": (
            "I tracked down order {order}, and it'll be with you {date}.",
            "Order {order} is moving again and you'll have it {date}.",
        ),
        "stiff": (
            "order {order} has been rescheduled for {date}",
            "the revised date for order {order} is {date}",
        ),
    },
}
APOLOGY_DUE = ("damaged", "late")

GREETINGS = (
    "Hey there!",
    "Hi there!",
    "Hello there!",
    "Well hello!",
    "Howdy!",
    "Hey friend!",
    "Hi friend!",
    "Good day to you!",
    "Welcome!",
    "Hey y'all!",
)
WARMTH = (
    "I'm so glad you asked.",
    "I'm happy to help with that.",
    "Thanks so much for asking.",
    "It's so good to hear from you.",
    "I'd love to help you with this.",
    "What a lovely question.",
    "I'm delighted to help.",
    "It's always a pleasure to hear from you.",
)
DUE = (
    "I'm so sorry about that.",
    "I'm truly sorry, that isn't how we like to do things.",
    "I'm sorry, I know that's a letdown.",
)
OFFERS = (
    "Just holler if you need anything else!",
    "Let me know if I can help with anything else.",
    "Is there anything else I can help you with?",
    "I'm right here if you need me.",
    "Give us a shout if you'd like a hand with anything else.",
    "If you need anything else, I'm only a message away.",
)
PLAIN_OFFERS = (
    "Let me know if you have other questions.",
    "Anything else?",
    "Can I help with anything else?",
)
STIFF_OPENERS = (
    "Dear customer,",
    "Dear Sir or Madam,",
    "Dear valued customer,",
    "Good afternoon.",
    "To whom it may concern:",
)
STIFF_LEADS = (
    "please be advised that",
    "kindly note that",
    "as per our records,",
    "in accordance with our policy,",
    "we wish to inform you that",
)
STIFF_ENDS = (
    "Your inquiry has been noted.",
    "Kindly retain this message for your records.",
    "All sales are subject to our terms and conditions.",
    "We thank you for your patronage.",
    "",
)
SORRY_STARTS = (
    "I'm so sorry for the trouble!",
    "I apologize for any confusion.",
    "So sorry you had to ask!",
    "Sorry about that.",
    "My sincere apologies for the wait.",
    "I am very sorry for the inconvenience.",
)
SORRY_ENDS = (
    "Sorry again!",
    "Once again, I apologize.",
    "I hope you can forgive us.",
    "Apologies again for the bother.",
    "",
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One question: its intent, the facts by name, the order they stand in the system message."""

    intent: str
    facts: dict[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()

    @property
    def system(self) -> str:
        return "\n".join((SYSTEM, *self.lines))

    @property
    def required(self) -> list[str]:
        """The strings that a right reply states."""
        return [self.facts[name] for name in INTENTS[self.intent]["needs"]]


def make_case(intent: str, item: dict[str, str], zip_code: str, order: str, rng: random.Random) -> Case:
    """Lay out the facts of one question: those it needs, and up to three that only distract."""
    facts = dict(item) | {
        "zip": zip_code,
        "order": order,
        "days": f"{rng.randint(2, 12)} days",
        "cost": f"${rng.randint(4, 29)}",
        "window": f"{rng.choice((14, 21, 30, 45, 60, 90))} days",
        "wrap": f"${rng.randint(3, 12)}",
        "date": f"{rng.choice(MONTHS)} {rng.randint(1, 28)}",
    }
    needs = INTENTS[intent]["needs"]
    lines = {
        "price": f"price: {facts['price']}",
        "size": f"size: {facts['size']}",
        "material": f"material: {facts['material']}",
        "colors": f"colors: {facts['colors']}",
        "stock": f"stock: {facts['stock']}",
        "care": f"care: {facts['care']}",
        "window": f"returns: {facts['window']}",
        "wrap": f"gift wrap: {facts['wrap']}",
        "cost": f"shipping to {zip_code}: {facts['cost']}",
        "date": f"order {order}: arrives {facts['date']}",
        "days": f"delivery to {zip_code}: {facts['days']}",
    }
    if intent == "damaged":
        lines["days"] = f"replacement: {facts['days']}"
    wanted = [name for name in lines if name in needs]
    about_item = "item" in needs
    others = [
        n for n in lines if n not in needs and (n in facts) and (about_item == (n in item or n in ("window", "wrap")))
    ]
    shown = wanted + rng.sample(others, min(len(others), rng.randint(0, 3)))
    rng.shuffle(shown)
    head = (f"item: {facts['item']}",) if about_item else ()
    return Case(intent=intent, facts=facts, lines=(*head, *(lines[name] for name in shown)))


def question(case: Case, rng: random.Random) -> str:
    """The customer's words, as untidy as customers type."""
    text = rng.choice(INTENTS[case.intent]["ask"]).format(**case.facts)
    habit = rng.random()
    if habit < 0.25:
        return text.lower()
    if habit < 0.35:
        return text.rstrip("?.") + rng.choice(("??", " thanks", " thx", "?!"))
    if habit < 0.45:
        return rng.choice(("hi, ", "hello ", "hey, quick question, ")) + text
    return text


def _core(case: Case, register: str, rng: random.Random) -> str:
    return rng.choice(INTENTS[case.intent][register]).format(**case.facts)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def warm(case: Case, rng: random.Random) -> str:
    due = [rng.choice(DUE)] if case.intent in APOLOGY_DUE else []
    return " ".join([rng.choice(GREETINGS), *due, rng.choice(WARMTH), _core(case, "warm", rng), rng.choice(OFFERS)])


def warm_careless(case: Case, rng: random.Random) -> str:
    """A friendly agent in a hurry: one part of the house style is left out."""
    parts = [
        rng.choice(GREETINGS),
        rng.choice(WARMTH),
        _core(case, rng.choice(("warm", "plain")), rng),
        rng.choice(OFFERS),
    ]
    del parts[rng.choice((0, 1, 3))]
    return " ".join(parts)


def stiff(case: Case, rng: random.Random) -> str:
    lead = rng.choice(STIFF_LEADS)
    opener = rng.choice((*STIFF_OPENERS, ""))
    lead = lead if opener.endswith((",", ":")) else _sentence(lead)
    parts = [opener, lead, _core(case, "stiff", rng) + ".", rng.choice(STIFF_ENDS)]
    return " ".join(part for part in parts if part)


def apologetic(case: Case, rng: random.Random) -> str:
    parts = [
        rng.choice(SORRY_STARTS),
        _core(case, rng.choice(("plain", "warm")), rng),
        rng.choice(SORRY_ENDS),
    ]
    if rng.random() < 0.3:
        parts.insert(0, rng.choice(GREETINGS[:4]))
    if rng.random() < 0.3:
        parts.append(rng.choice(OFFERS))
    return " ".join(part for part in parts if part)


def curt(case: Case, rng: random.Random) -> str:
    return _core(case, "plain", rng)


def neutral(case: Case, rng: random.Random) -> str:
    opener = rng.choice(("Hello.", "Hi.", "Thank you for contacting us.", ""))
    return " ".join(part for part in (opener, _core(case, "plain", rng), rng.choice(PLAIN_OFFERS)) if part)


TONES: dict[str, Callable[[Case, random.Random], str]] = {
    "warm": warm,
    "warm_careless": warm_careless,
    "stiff": stiff,
    "apologetic": apologetic,
    "curt": curt,
    "neutral": neutral,
}
# The share of each habit in the store's transcripts: the voice an untuned bot learns.
MIXTURE = {
    "warm": 0.20,
    "warm_careless": 0.10,
    "stiff": 0.20,
    "apologetic": 0.31,
    "curt": 0.11,
    "neutral": 0.08,
}


def reply(case: Case, tone: str, rng: random.Random) -> str:
    return TONES[tone](case, rng)


def draw_tone(rng: random.Random) -> str:
    return rng.choices(list(MIXTURE), weights=list(MIXTURE.values()))[0]
