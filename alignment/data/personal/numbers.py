"""Numbers that point to a person or an account, by their form or by the words beside them (English, German, French).

A bare number is left alone. `_MARK` is what may stand between the word and the number ("number", "Nr.", "#"), `_IS`
what says that it follows ("is", ":", "lautet").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers
from stdnum import iban

from alignment.data.personal.hints import Hinted, Hints, Look
from alignment.data.personal.names import ORDINARY, words
from alignment.data.personal.national import NAMED, NATIONAL_IDS

Found = tuple[int, int, str]

_MARK = (
    r"(?:[-_]?\s{0,3}(?:number|numbers|num|numbr|nmbr|nbr|no|nr|nummer|id|code|numéro|numero|número|numer|n[°ºo]|n\.?º|#)"
    r"(?!\w)\.?|\s{0,3}#|\s{0,2}n\.(?=\s?\d))"
)
_IS = (
    r"(?:['’]s|\?\s(?:it['’]s|it is|that['’]s)|\s{0,3}(?:is|was|are|ist|lautet|est(?: le| la)?|es(?: el| la)?|è(?: il)?"
    r"|é(?: o)?|\(?(?:that |which )?(?:ending|ends)(?: in| with| w/)?|endend auf|:|=|-|–|\())?\s{0,3}[\"'#]?\s?"
)
_MORE = re.compile(
    r"\s?(?:,|and|&|or|und|et)\s{1,2}#?((?=[A-Z-]{0,12}\d)[A-Z0-9][A-Z0-9-]{3,29})(?![\w%])", re.IGNORECASE
)
_VALUE = r"((?=[A-Z_-]{0,12}\d)[A-Z0-9](?:[A-Z0-9]|[_-](?=[A-Z0-9])){2,29})(?![\w%])(?!\.\d)"

_ORDER_WORDS = (
    r"orders?,?|ordr|ordre|odrer|oredr|oder(?=\s(?:num|no\b|nr|id|#))|tracking|authori[sz]ation|confirmation|invoice"
    r"|pnr|ticket|case|reference|ref|booking|reservation"
    r"|receipt|return|rma|po|p\.o\.|inv(?=\s?(?:#|no\b|num|\d))|track(?=\s(?:no\b|num|#))|waybill|awb|locator"
    r"|work order|service request"
    r"|shipment|parcel|claim|quote|transaction|incident|consignment|refund(?: reference)?|repair|pre-?order"
    r"|bestell(?:ung)?|auftrags?|sendungs?|rechnungs?|vorgangs?|buchungs?|retouren?|liefer"
    r"|commande|facture|colis|suivi|dossier|réservation|pedido|factura"
)
_ORDER_ABROAD = (
    r"envío|reserva|seguimiento|ordine|spedizione|fattura|prenotazione|pratica|bestelling|bestel|zending|factuur"
    r"|reservering|retour|encomenda|rastreio|rastreamento|nota fiscal|zamówieni[ae]|przesyłki|faktury|beställning"
    r"|ärende"
)
_ORDERS = tuple(
    Hinted(rf"\b({names})({_MARK}?)({_IS}){_VALUE}", re.IGNORECASE) for names in (_ORDER_WORDS, _ORDER_ABROAD)
)
_NUMBER_OF_ORDER = Hinted(  # "numéro de commande : 4471", "the number of my order is 4471"
    rf"\b((?:numéro|numero|número|numer|n°|nº|number) (?:de |of |d['’]|di |do |da |del? )?(?:my |your |la |ma |votre )?"
    rf"(?:{_ORDER_WORDS}|{_ORDER_ABROAD}))()({_IS}){_VALUE}",
    re.IGNORECASE,
)
_CLAUSE = (  # "the case number I was given is", "the number on my slip is"
    r"\s(?:(?:that |which )?(?:i|you|we|they|he|she)(?:['’]ve)?(?:\s[a-z'’]{2,10}){1,4}"
    r"|(?:on|in|from)(?:\s[a-z'’]{1,10}){1,3})\s(?:is|was)\s#?"
)
_GIVEN_ORDER = Hinted(
    rf"\b({_ORDER_WORDS})({_MARK})({_CLAUSE}){_VALUE}",
    re.IGNORECASE,
    hints=Hints(
        *(
            f" {mark} {who} "
            for mark in ("number", "num", "no", "id", "code")
            for who in ("that", "which", "i", "you", "we", "they", "he", "she", "on", "in", "from")
        )
    ),
)
_PREFIXES = ("ord", "inv", "rma", "inc", "tkt", "req", "shp", "trk", "ret", "bkg", "case")
_SHORT_PREFIXES = ("so", "po", "cs", "wo", "sr")  # which need a sign, or seven digits
_PREFIXED = Hinted(  # INV-20931, CS0048831
    rf"(?<![\w#/.-])(?:(?:{'|'.join(_PREFIXES).upper()})-?\d{{4,12}}"
    rf"|(?:{'|'.join(_SHORT_PREFIXES).upper()})(?:-\d{{5,12}}|\d{{7,12}}))(?:-\d{{1,6}})?(?![\w-])",
    hints=Hints(
        *(f" {prefix}{digit}" for prefix in (*_PREFIXES, *_SHORT_PREFIXES) for digit in "0123456789"),
        *(f" {prefix} {digit}" for prefix in (*_PREFIXES, *_SHORT_PREFIXES) for digit in "0123456789"),
    ),
)
_CARRIERS = tuple(
    Hinted(rf"\b{form}\b")
    for form in (
        r"1Z ?[0-9A-Z]{3} ?[0-9A-Z]{3} ?[0-9A-Z]{2} ?[0-9A-Z]{4} ?[0-9A-Z]{3} ?[0-9A-Z]",
        r"9[1-5]\d{18,20}",
        r"JJD\d{12,18}",
        r"[A-Z]{2}\d{9}[A-Z]{2}",
    )
)
_UNNAMED = re.compile(  # 113-4829910-7734012, of a shop; "W-20231188 was never delivered"
    r"(?<![\w-])(?:\d{3}-\d{7}-\d{7}"
    r"|[A-Z]{1,4}-?\d{5,12}(?=\s(?:(?:was|is|has|hasn['’]t|wasn['’]t|still|never|been|not)\s){1,3}(?:deliver|ship|arriv|lost|late|delayed|stuck|dispatch|cancel)))(?![\w-])"
)
_FATES = Hints(
    *("deliver", "ship", "arriv", "lost", "late", "delayed", "stuck", "dispatch", "cancel", "about", "where", "order")
)
_GROUPS = re.compile(  # 6004 2281 9
    r"(?: \d{1,5}){1,5}(?=\s?(?:[.,;!?)\n]|$)|\s(?:has|is|was|and|but|please|shows|at|with|hmm|still|for)\b)"
)
_CARRIED = Hinted(  # USPS 9400 1000 0000 0000 0000 00
    r"\b(?:usps|ups|fedex|dhl|hermes|evri|royal mail|canada post|colissimo|chronopost|gls|dpd)"
    rf"(?:\s(?:tracking|parcel|shipment|label))?{_MARK}?{_IS}(\d(?:[ -]?\d){{9,25}})(?![\w-])",
    re.IGNORECASE,
)
_HASH = Hinted(r"(?<![\w&#])#\s?([A-Z]{0,4}-?\d{4,15}(?:-\d{1,8})?)\b", re.IGNORECASE)
_QUANTITY = re.compile(
    r"\s{0,2}(?:units?|pieces?|pcs|items?|of|sets?|boxes|more|dollars|bucks|usd|eur|euros?|credits|inch(?:es)?|stück"
    r"|pièces|ft|feet|lbs?|%|to zip|x\s?\d)",
    re.IGNORECASE,
)
_ACCOUNT = Hinted(
    r"\b(account|acct|acount|accont|accout|accnt|acnt|acc(?=\s?(?:no|num|number|nr|id|#))"
    r"|customer|member(?:ship)?|loyalty|rewards?|client|policy|user|subscriber|patient|employee|profile"
    r"|account (?:at|with) (?:\w{2,12}\s){0,2}?\w{2,12}(?= is\b)|kunden|kd\.?"
    r"|cust\.?(?=\s?(?:no\b|num|nbr|id\b|#))|student(?=\s(?:no\b|num|id\b|#))|insurance(?=\s(?:no\b|num|id\b|#))"
    r"|mrn|medical record|skymiles|aadvantage|mileageplus|bonvoy"
    r"|mitglieds?|vertrags?|benutzer|client|compte|adhérent|abonné|contrat"
    r"|frequent fl[iy]er|meter|contract|subscription|cliente|socio|tessera|klant|lidmaatschaps|kund|klienta)"
    rf"({_MARK}?)({_IS}){_VALUE}",
    re.IGNORECASE,
)
_NUMBER_OF_ACCOUNT = Hinted(
    rf"\b((?:numéro|numero|número|numer|n°|nº) (?:de |d['’]|di |do |da )?(?:client[ea]?|compte|adhérent|abonné|contrat"
    rf"|socio|tessera|klienta|cadastro))()({_IS}){_VALUE}",
    re.IGNORECASE,
)
_LOGIN = Hinted(
    r"\b(?:user ?name|user ?id|login(?: name| id)?|benutzername|identifiant|nom d'utilisateur|screen ?name)"
    r"\s{0,2}(?:is|was|ist|est|:|=|-|–)\s{0,2}[\"'“]?([\w.-]{3,40}\w)",
    re.IGNORECASE,
)
_TURN_MARK = re.compile(r"(?:^|\n)[^\S\n]*(?:customer|client|user)\s?:\s*$", re.IGNORECASE)  # who speaks
_NO_LOGIN = frozenset(
    words("not wrong incorrect invalid taken gone locked the my same this that page broken still falsch")
)
_BANK = Hinted(
    r"\b(?:bank(?:ing)? (?:account|acct)|checking(?: (?:account|acct))?|savings(?: (?:account|acct))?|routing"
    r"|sort code|sort-code|aba|konto|bsb|a/c|ifsc(?: code)?|clabe|cbu|(?:transit|institution) (?:number|no)"
    r"|cuenta(?: bancaria| corriente| de ahorros?)?|compte bancaire|conto(?: corrente| bancario)?|conta(?: corrente)?"
    r"|agência|(?:bank)?rekening(?:nummer)?|bankkonto|bankgiro|plusgiro"
    rf"|bankleitzahl|blz|bic|swift)(?!-\w)(?:{_MARK})?{_IS}"
    r"(\d(?:[ -]?\d){3,20}|(?-i:[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?|[A-Z]{4}0[A-Z0-9]{6}))(?!\w|[.,/]\d)",
    re.IGNORECASE,
)
_BANK_MORE = re.compile(  # routing 061000052 / account 8812004471
    rf"\s?(?:,|/|and|&|;|und|et|y|e)?\s{{0,2}}(?:(?:the |my )?"
    rf"(?:account|acct?|a/c|routing|sort code|konto|blz|bsb|ifsc|conta){_MARK}?{_IS})?"
    r"(?<![\d-])(\d{6,17}|\d{2,4}(?: \d{3,4}){1,3}|\d\d-\d\d-\d\d|(?-i:[A-Z]{4}0[A-Z0-9]{6}))(?![\w-])",
    re.IGNORECASE,
)
_SORT_CODE = re.compile(r"(?<![\w-])(\d\d-\d\d-\d\d)(?![\w-])")
_BANK_NEAR = re.compile(
    r"\b(?:bank|sort code|bsb|s/c|a/c|ifsc|routing|iban|bic|swift|blz|bankleitzahl|wire|transfer|deposit|checking"
    r"|savings|überweis\w+|virement|direct debit|lastschrift|chase|wells fargo|hsbc|barclays|citi(?:bank)?|santander"
    r"|lloyds|natwest|monzo|capital one|pnc|usaa|navy federal|credit union|sparkasse)\b",
    re.IGNORECASE,
)
_IBAN = Hinted(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b", re.IGNORECASE)
_SAYS_IBAN = Hints("iban")
_IBAN_LENGTHS = dict(AT=20, BE=16, CH=21, DE=22, DK=18, ES=24, FI=18, FR=27, GB=22, IE=22, IT=27, LU=20, NL=18, NO=15)
_IBAN_LENGTHS |= dict(PL=28, PT=25, SE=24)

_NANP = Hinted(
    r"(?<![\w$€£#.,-])(?<!\(0\))(?<!\(0\) )(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}"
    r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?![\w-]|[.,]\d)",
    re.IGNORECASE,
)
_LOCAL = Hinted(r"(?<![\w$€£#.,-])(?:555[-. ]\d{4}|[2-9]\d{2}-\d{4})(?![\w-]|[.,]\d)")
_PHONE_WORDS = re.compile(
    r"\bph\b|\bmob\b|电话|手机|電話|携帯|전화|\b(?:dzwoni\w*|zadzwoni\w*|telemóvel|gsm|puhelin\w*|call|phone|text|tel"
    r"|telephone|mobile|cell|fax|reach|ring|dial|whatsapp|sms|contact|my number|number is"
    r"|landline|telefon\w*|teléfono|móvil|celular|cellulare|llam\w+|telefoon\w*|mobiel|bel|handy\w*|mobil\w*"
    r"|ruf\w*|anruf\w*|meine nummer|téléphone|portable|fixe|appel\w*|joindre"
    r"|tél|mon numéro|mi número|telefone|contato|ligue|ligar|chiam\w+"
    r"|numero è|recapito|nummer is|telefonnummer|ring\w*)\b",
    re.IGNORECASE,
)
_MAYBE = Hinted(r"(?<![\w$€£#.,-])(?:\+|\(|\d)\d[\d\s().\-/]{5,18}\d(?![\w-]|[.,]\d)")
_BARE = re.compile(r"1?[2-9]\d{9}")
# A date, or a post code of Brazil.
_NO_PHONE = re.compile(r"\d{5}-\d{3}(?!\d)|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})(?![\d./-])|\d{4}-\d\d-\d\d")
_INDIAN = re.compile(r"[6-9]\d{4}[ -]?\d{5}")
_NUMBER_IS = re.compile(r"\b(?:no|nos|num|number|contact|mob)\b\.?(?:\sis)?[\s:]{0,3}$", re.IGNORECASE)
_INLAND = {"GB": (10, 11), "FR": (10, 10), "DE": (8, 12), "AT": (8, 13), "CH": (10, 10), "IE": (9, 10), "IT": (9, 11)}
_INLAND |= {"NL": (10, 10), "BE": (9, 10), "AU": (10, 10), "SE": (8, 10)}  # digits of a number with its leading 0


_FORMS = {  # inland numbers that need no word beside them
    country: re.compile(form)
    for country, form in (
        ("PL", r"[4-8]\d{2}[ -]\d{3}[ -]\d{3}"),
        ("PT", r"[29]\d{2} \d{3} \d{3}"),
        ("ES", r"[679]\d{2} \d{2} \d{2} \d{2}|[679]\d{2} \d{3} \d{3}"),
        ("CN", r"1[3-9]\d[ -]?\d{4}[ -]?\d{4}"),
        ("KR", r"01\d-\d{3,4}-\d{4}"),
        ("NO", r"[49]\d{2} \d{2} \d{3}"),
        ("SG", r"[689]\d{3} \d{4}"),
        ("BR", r"\(\d{2}\) ?9?\d{4}-\d{4}"),
    )
}

_CODE_OF_A_THING = re.compile(  # error code 500-22-1034: no person's number
    r"\b(?:error|code|part|item|model|sku|serial|lot|batch|product|article|catalog(?:ue)?|style|version|upc|order"
    r"|invoice|tracking|reference|ref)(?:\s(?:code|number|no\.?|id|is))*[\s:#]{1,3}$",
    re.IGNORECASE,
)


def _before(text: str, start: int, length: int = 32) -> str:
    return text[max(0, start - length) : start]


def _numbered(pattern: Hinted, kind: str, bare: int, look: Look) -> Iterator[Found]:
    """Numbers named by a word before them; without "number" or "#", digits alone need `bare` of them."""
    text = look.text
    for match in pattern.finditer(look):
        value = match[4]
        if "://" in text[text.rfind(" ", 0, match.start()) + 1 : match.start()]:
            continue  # part of a link
        explicit = bool(match[2].strip()) or any(c in match[3] for c in (":", "=", "#", "end")) or " " in match[1]
        end = _groups_end(text, match.end(4), len(value), explicit) if value.isdigit() else match.end(4)
        digits = sum(c.isdigit() for c in text[match.start(4) : end])
        coded = value.isupper() and len(value) > 4 and digits > 1 and not value.isdigit()
        needed = (2 if len(value) > 4 else 3) if explicit or coded else (bare if value.isdigit() else 4)
        if digits < needed or (value.isdigit() and _QUANTITY.match(text, match.end(4))):
            continue
        if not explicit and re.fullmatch(r"(?:19|20)\d\d(?:-\d\d?(?:-\d\d?)?)?|\d{1,3}-[a-z]+", value, re.IGNORECASE):
            continue  # a date, or "3-pack"
        yield match.start(4), end, kind
        while more := _MORE.match(text, end):
            if sum(c.isdigit() for c in more[1]) < 4 or _QUANTITY.match(text, more.end(1)):
                break
            yield more.start(1), more.end(1), kind
            end = more.end(1)


def _groups_end(text: str, end: int, digits: int, explicit: bool) -> int:
    """Where a number ends that goes on after blanks (6004 2281 9): named as one, or of eight digits and more."""
    groups = _GROUPS.match(text, end)
    if groups is None or not (explicit or digits + sum(c.isdigit() for c in groups[0]) > 7):
        return end
    return groups.end()


def find_orders(look: Look, country: str) -> Iterator[Found]:
    """Order, tracking, invoice and ticket numbers: named as such, or in a carrier's form."""
    for pattern in _ORDERS:
        yield from _numbered(pattern, "order", 5, look)
    for pattern in (_NUMBER_OF_ORDER, _GIVEN_ORDER):
        yield from _numbered(pattern, "order", 4, look)
    for pattern in _CARRIERS:
        for match in pattern.finditer(look):
            yield match.start(), match.end(), "order"
    for match in _UNNAMED.finditer(look.text) if look.digits > 4 and _FATES.stand_in(look) else ():
        yield match.start(), match.end(), "order"
    for match in _CARRIED.finditer(look):
        yield match.start(1), match.end(1), "order"
    for match in _PREFIXED.finditer(look):
        yield match.start(), match.end(), "order"


def find_hash_numbers(look: Look, country: str) -> Iterator[Found]:
    """ "#" before four digits or more."""
    for match in _HASH.finditer(look):
        yield match.start(1), match.end(1), "order"


def find_accounts(look: Look, country: str) -> Iterator[Found]:
    """Customer, member and account numbers, and user names, named as such; a bank's where the words beside say so."""
    text = look.text
    for pattern in (_ACCOUNT, _NUMBER_OF_ACCOUNT):
        for start, end, kind in _numbered(pattern, "account", 6, look):
            if "\n" in text and _TURN_MARK.search(text[max(0, start - 16) : start]):
                continue
            name = text[max(0, start - 24) : start].lower()
            banking = ("acc" in name or "compte" in name) and _BANK_NEAR.search(text[max(0, start - 70) : end + 30])
            yield start, end, "bank_account" if banking and text[start:end].replace(" ", "").isdigit() else kind
    for match in _LOGIN.finditer(look):
        said = match[0].lower()  # "login is stuck"
        state = said.startswith(("login is ", "login was ")) and match[1].lower() in ORDINARY
        if match[1].lower() not in _NO_LOGIN and not state:
            yield match.start(1), match.end(1), "account"


def find_bank_accounts(look: Look, country: str) -> Iterator[Found]:
    """IBANs (of a valid checksum, of their country's length, or named), and numbers named as a bank's."""
    text = look.text
    for match in _IBAN.finditer(look) if look.digits > 7 or _SAYS_IBAN.stand_in(look) else ():
        value = match[0]
        named = "iban" in _before(text, match.start(), 20).lower()
        while value:  # the pattern may have taken the next word with it
            length = len(value.replace(" ", ""))
            if iban.is_valid(value) or _IBAN_LENGTHS.get(value[:2].upper()) == length:
                yield match.start(), match.start() + len(value), "bank_account"
                break
            if named and " " not in value.strip() and length >= 15:
                yield match.start(), match.end(), "bank_account"
                break
            value = value[: value.rfind(" ")] if " " in value else ""
    leads = [(match.start(1), match.end(1)) for match in _BANK.finditer(look)]
    if country == "GB":
        near = (m for m in _SORT_CODE.finditer(text) if _BANK_NEAR.search(text[max(0, m.start() - 40) : m.end() + 60]))
        leads += [(match.start(1), match.end(1)) for match in near]
    for start, end in leads:
        yield start, end, "bank_account"
        if more := _BANK_MORE.match(text, end):
            yield more.start(1), more.end(1), "bank_account"


def find_national_ids(look: Look, country: str) -> Iterator[Found]:
    """Social security, tax, passport and licence numbers: in the form of `country`, or named as such."""
    for pattern, group, valid in NATIONAL_IDS.get(country, ()):
        for match in pattern.finditer(look):
            if valid(match[group]) and not _CODE_OF_A_THING.search(_before(look.text, match.start())):
                yield match.start(group), match.end(group), "national_id"
    for match in NAMED.finditer(look):
        if sum(c.isdigit() for c in match[1]) >= 5:
            yield match.start(1), match.end(1), "national_id"


def find_phones(look: Look, country: str) -> Iterator[Found]:
    """Phone numbers: American ones with separators, those after "+", those in the form of `country`, and any number
    of seven digits or more beside a word such as "call"."""
    text = look.text
    for match in _NANP.finditer(look):
        yield match.start(), match.end(), "phone"
    for match in _LOCAL.finditer(look):
        if match[0].startswith("555") or _PHONE_WORDS.search(_before(text, match.start())):
            yield match.start(), match.end(), "phone"
    for match in _MAYBE.finditer(look):
        value = match[0].rstrip("(-./ ")
        if not _NO_PHONE.match(value) and _is_phone(value, country, _before(text, match.start(), 40)):
            yield match.start(), match.start() + len(value), "phone"


def _is_phone(value: str, country: str, before: str) -> bool:
    digits = re.sub(r"\D", "", value.replace("(0)", "") if value[0] == "+" else value)
    if value[0] == "+" or (value.startswith("00") and value != digits):
        try:
            return phonenumbers.is_possible_number(phonenumbers.parse("+" + digits.removeprefix("00")))
        except phonenumbers.NumberParseException:
            return False
    named = _PHONE_WORDS.search(before)
    if country in _FORMS and _FORMS[country].fullmatch(value):
        return True
    if country in ("US", "CA"):
        foreign = len(digits) in (10, 11, 12) and digits[0] == "0" and " " in value
        return bool(named and (_BARE.fullmatch(value) or foreign))
    if country == "IN" and _INDIAN.fullmatch(value) and (value != digits or _NUMBER_IS.search(before)):
        return True
    low, high = _INLAND.get(country, (8, 12))
    if digits[0] != "0" or digits[1] == "0" or not low <= len(digits) <= high:
        return bool(named and 7 <= len(digits) <= 13)
    return bool(named) or value != digits or len(digits) >= 10
