"""Folding text before it is matched: quotes, case, white space, emoji, sentences, words, plain spelling."""

import re
import unicodedata
from functools import lru_cache

_SINGLE, _DOUBLE, _DASHES = "‘’ʼ′`´", "“”„″", "–—―"
_PLAIN = {
    **dict.fromkeys(_SINGLE, "'"),
    **dict.fromkeys(_DOUBLE, '"'),
    **dict.fromkeys(_DASHES, " - "),
    "…": ". ",
}
_QUOTES = str.maketrans(_PLAIN)
# A sentence ends at . ! or ? (closing quotes or brackets may follow) before white space, or at a line's end.
_SENTENCE_END = re.compile(r"""(?<=[.!?])["')\]]*\s+|\s*\n+\s*""")
_ABBREVIATION = re.compile(
    r"\b(mr|mrs|ms|dr|st|approx|e\.g|i\.e|in|ft|lb|lbs|oz|no|vs)\.(?=\s+[a-z0-9])", re.IGNORECASE
)

# Typing habits -> usual spelling, and contractions -> their words, so that a pattern needs one wording of each.
_SHORTHAND = {
    "lmk": "let me know",
    "thx": "thanks",
    "thanx": "thanks",
    "tysm": "thank you so much",
    "pls": "please",
    "plz": "please",
    "u": "you",
    "ya": "you",
    "ur": "your",
    "luv": "love",
    "cuz": "because",
    "gimme": "give me",
    "gonna": "going to",
    "wanna": "want to",
    "holla": "holler",
    "hollar": "holler",
    "sry": "sorry",
    "srry": "sorry",
    "soz": "sorry",
    "anythin": "anything",
    "ya'll": "yall",
    "y'all": "yall",
    "im": "i am",
    "ive": "i have",
    "id": "i would",
    "weve": "we have",
    "youll": "you will",
    "youre": "you are",
    "youve": "you have",
    "theyre": "they are",
    "thats": "that is",
    "theres": "there is",
    "dont": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "isnt": "is not",
    "wasnt": "was not",
    "arent": "are not",
    "havent": "have not",
    "hasnt": "has not",
    "cant": "can not",
    "cannot": "can not",
    "wont": "will not",
    "can't": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "ain't": "is not",
    "let's": "lets",
    "c'mon": "come on",
    "'tis": "it is",
}
_WORD = re.compile(r"'?[a-z]+(?:'[a-z]+)?")
_ENDINGS = {"n't": " not", "'m": " am", "'re": " are", "'ll": " will", "'ve": " have", "'d": " would"}
_IS = frozenset(
    [
        "it",
        "that",
        "what",
        "here",
        "there",
        "where",
        "who",
        "how",
        "he",
        "she",
        "this",
        "when",
        "why",
        "everything",
        "something",
        "anything",
        "nothing",
        "one",
    ]
)
_PICTURE = "[\U0001f300-\U0001f3fa\U0001f400-\U0001faff\u2600-\u27bf\u2b50\u2b55\u231a\u231b\u23e9-\u23f3]"
_MARKED = f"{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*"
_EMOJI = re.compile(rf"[\U0001f1e6-\U0001f1ff]{{2}}|{_MARKED}(?:\u200d{_MARKED})*|[:;]-?[()DPp](?!\w)")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")  # "heyyy", "sooo"; no English word has three in a row


@lru_cache(maxsize=4096)  # every rule asks for the same reply
def unify(text: str) -> str:
    """NFKC text with straight quotes, dashes as " - " and no emoji; case and line breaks are kept."""
    text = unicodedata.normalize("NFKC", text.translate(_QUOTES))
    return "".join(" " if _is_symbol(char) else char for char in text)


def _is_symbol(char: str) -> bool:
    """True for emoji, pictographs, joiners and variation selectors (never for $, +, = and other ASCII)."""
    if ord(char) < 128:
        return False
    return unicodedata.category(char) in {"So", "Sk", "Cf", "Co", "Cs"} or 0xFE00 <= ord(char) <= 0xFE0F


def emoji(text: str) -> int:
    """How many emoji a text has; joined ones and those with a skin colour or a flag's two letters are one each."""
    return len(_EMOJI.findall(text))


def fold(text: str) -> str:
    """Unified text in lower case with every run of white space made one space."""
    return " ".join(unify(text).casefold().split())


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Folded text in plain spelling: "Heyyy, y'all! I'd luv 2" -> "hey, yall! i would love 2".

    Contractions are written out ("can't" -> "can not", "it's" -> "it is"; the possessive in "the shop's" stays).
    """
    return _WORD.sub(lambda found: _spelled(found[0]), _DRAWN_OUT.sub(r"\1", fold(text)))


def _spelled(word: str) -> str:
    if word in _SHORTHAND:
        return _SHORTHAND[word]
    for ending, full in _ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending) + full
    stem = word.removesuffix("'s")
    return f"{stem} is" if stem != word and stem in _IS else word


def words(text: str) -> list[str]:
    """White-space tokens that hold at least one letter or digit, as written (case kept)."""
    return [token for token in unify(text).split() if any(char.isalnum() for char in token)]


def sentences(text: str) -> list[str]:
    """Folded sentences in order; a line break ends one too, the dot of "approx." or "oz." does not."""
    parts = _SENTENCE_END.split(_ABBREVIATION.sub(r"\1", unify(text)))
    return [fold(part) for part in parts if any(char.isalnum() for char in part)]


def plain_sentences(text: str) -> list[str]:
    """The sentences in plain spelling."""
    return [plain(sentence) for sentence in sentences(text)]
