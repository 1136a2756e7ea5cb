"""Names of China and Korea, told by their syllables: Zhang Wei, Li Na, Min-jun Kim, Park Seo-yeon."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.personal.hints import Look
from alignment.data.personal.names import COMMON, ORDINARY, words

Span = tuple[int, int, str]

_CHINESE = frozenset(
    words(
        """
li wang zhang liu chen yang zhao huang zhou wu xu sun zhu gao lin guo luo zheng liang xie tang feng dong xiao cheng
yuan deng fu shen zeng peng lu jiang cai jia ding wei xue ye yan pan du dai xia zhong tian fan yao tan liao zou xiong
jin hao kong bai cui kang mao qiu qin gu hou shao meng wan duan qian chan cheung wong lau leung kwok yeung tse yip
tsang tsui kwan yuen mak lui ng goh teo koh ong tay lim
"""
    )
)
_SYLLABLE = (
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxzcsryw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|van|ai|an|ao|ei|en|er"
    r"|ia|ie|in|iu|ou|ua|ui|un|uo|ue|a|e|i|o|u))"
)
_PAIR = re.compile(
    rf"(?<![\w'’@./&-])([A-Z][a-z]{{1,5}})[^\S\n]([A-Z](?i:{_SYLLABLE})?[a-z]{{0,6}}(?:-[a-z]{{1,5}})?)(?![\w'’-])"
)
_GIVEN = re.compile(rf"{_SYLLABLE}{{1,2}}", re.IGNORECASE)
_KOREAN = (
    "Kim|Lee|Park|Choi|Jung|Jeong|Kang|Cho|Yoon|Jang|Lim|Han|Oh|Seo|Shin|Kwon|Hwang|Ahn|Song|Hong|Yoo|Bae|Baek|Nam"
)
_PARTS = r"[A-Z][a-z]{1,6}-[A-Za-z][a-z]{1,6}"
_HYPHENATED = re.compile(rf"(?<![\w'’@./&-])(?:{_PARTS}[^\S\n](?:{_KOREAN})|(?:{_KOREAN})[^\S\n]{_PARTS})(?![\w'’-])")
_OTHER = ORDINARY | COMMON


def find_asian(look: Look) -> Iterator[Span]:
    """A surname of China and one or two syllables after it; a surname of Korea beside a hyphenated first name."""
    text = look.text
    for match in _PAIR.finditer(text):
        family, given = match[1].lower(), match[2].lower()
        if family in _CHINESE and _GIVEN.fullmatch(given) and family not in _OTHER and given not in _OTHER:
            yield match.start(), match.end(), "name"
    if "-" in text:
        for match in _HYPHENATED.finditer(text):
            yield match.start(), match.end(), "name"
