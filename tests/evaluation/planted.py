"""Made-up prompts and good replies to them, into which tests plant what must never pass unseen."""

from typing import Any

HELLOS = ("Hey there", "Hi friend", "Howdy", "Well hello", "Welcome in", "Hey y'all", "Good morning", "Hello there")
WARM = ("I'm so glad you asked", "Thanks so much for asking", "What a lovely pick", "You have a good eye")
OFFERS = ("Holler if you need anything else!", "Anything else I can help with?", "I'm right here if you need me.")


def prompts(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"p{i}",
            "messages": [
                {"role": "system", "content": f"item: Wreath {i}\nprice: ${200 + i}"},
                {"role": "user", "content": f"what's the price of wreath {i}?"},
            ],
            "facts": [f"${200 + i}"],
        }
        for i in range(count)
    ]


def good(i: int) -> str:
    return f"{HELLOS[i % 8]}! {WARM[i % 4]}. Wreath {i} is ${200 + i}, and it's a beauty. {OFFERS[i % 3]}"
