"""Words that help to tell a person's name: common first names, and capitalised words that are none.

First names that are also common words, places or flowers (Rose, Georgia, Mark, April, ...) are left out on purpose:
they are taken as names only where the sentence says so ("my name is Rose").
"""


def words(text: str) -> list[str]:
    """The words of a text; lists in the code stay short to read this way."""
    return text.split()


FIRST_NAMES = frozenset(
    words(
        """
aaron abigail adam adrian ahmed aidan aisha alan albert alejandro alex alexander alexandra alexis ali alice
alicia alison allison alyssa amanda amelia amir amy ana andre andrea andrew andy angela anita ann anna anne
annie anthony antonio aria arthur ashley audrey barbara beatrice becky ben benjamin bernard beth bethany betty
beverly bob bobby brad bradley brandon brenda brent brian brianna bridget bruce bryan caleb cameron carl carla
carlos carmen carol caroline carolyn carrie catherine cathy cecilia chad charles charlie chloe chris christian
christina christine christopher cindy claire clara claudia cody colin colleen connie connor corey courtney craig
crystal curtis cynthia dale dana daniel danielle danny darren dave david deborah debra dennis derek diana diane
diego dominic don donald donna doris dorothy doug douglas duncan dustin dylan earl eddie edgar edith eduardo
edward edwin eileen elaine eleanor elena elijah elizabeth ellen emily emma eric erica erik erin ernest ethan
eugene eva evan evelyn fatima felipe fernando fiona frances francisco fred frederick gabriel gabriela gary
george gerald gina gladys glenn gloria gordon greg gregory gwen hannah harold harry hassan heather hector heidi
helen henry herbert howard hugo ian ibrahim irene isaac isabel isabella ivan jacob jacqueline jake james jamie
jane janet janice jared jasmine jason javier jay jean jeff jeffrey jen jenna jennifer jenny jeremy jerome jerry
jesse jessica jill jim jimmy joan joanna joanne joe joel john johnny jon jonathan jordan jorge jose joseph josh
joshua joyce juan juanita judith judy julia julian julie justin kaitlyn karen karl kate katherine kathleen
kathryn kathy katie kayla keith kelly ken kenneth kevin kim kimberly kirk kristen kristin kurt kyle lakshmi
larry laura lauren laurie lawrence leah lee leonard leroy leslie liam linda lisa logan lois lori louis louise
lucas lucia lucy luis luke lydia lynn madeline malik manuel marcia marco marcus margaret maria mariah marie
marilyn mario marissa marjorie martha martin marvin mary mateo matt matthew maureen max mei megan melanie
melissa melvin mia michael micheal michele michelle miguel mike mildred mindy miranda mohamed mohammed molly
monica morgan muhammad nancy naomi natalie nathan nathaniel neil nicholas nick nicole nina noah nora norma
norman oliver olivia omar oscar pamela patricia patrick paul paula pauline pedro peggy penny peter phil philip
phillip phyllis priya rachel rafael ralph ramon randy raul ravi ray raymond rebecca regina rhonda ricardo rick
ricky rita robert roberto robin rodney roger roland ron ronald rosa roy russell ruth ryan samantha samuel sandra
sara sarah scott sean sergio seth shane shannon sharon shawn sheila shelby sherry shirley sofia sonia sophia
sophie stacey stacy stanley stella stephanie stephen steve steven stuart sue susan suzanne sylvia tamara tammy
tanya tara tess theodore theresa thelma thomas tiffany tim timothy tina todd tom tommy tony tracy travis tyler
valerie vanessa vera vernon veronica vicki victor victoria vincent vivian wade walter wanda wayne wendy wesley
william yolanda yusuf yvonne zachary zoe
"""
    )
)

NOT_NAMES = frozenset(
    words(
        """
a about absolutely afraid after again all allergic also always am an and another any anyone anything are as
asking at available aware awesome back bad be because before best better both but buying by calling can charm
cheers confused congratulations considering contacting correct could curious customer customers damn dear decor
delighted delivery did disappointed do does done each either email emailing enjoying even ever every everybody
everyone everything excellent excited expecting fed feeling fine first folks following for fortunate free friend
friends from frustrated furious getting glad go going good gonna great grateful guest guys half happy have
having he hello help her here hey hi him his home honestly honored hoping how i if impressed in inquiring
interested into is it its just kind kindly ladies last late later leaving let like living located looking lost
love lovely ma madam making many maybe me member mine miss moderator moving my myself naturally neat need
neighbor new next nice no nobody none not nothing now of off ok okay on one only open or order ordering our ours
out over overjoyed page partner people perfect planning please pleased product purchasing question quite ready
really reading reaching regarding responding returning right running satisfied saying seeing sending she
shipping shopping shocked sir so some somebody someone something sorry southern speaking still store stuck
stunned such super supposed support sure surprised tall team terrible terribly thank thankful thanks that the
their them then there these they thing things thinking this those thrilled tired to today tomorrow tonight too
torn totally town traveling trouble truly trying two unable under unhappy unsure until up upset urgent us using
valued very waiting want wanting was we welcome well were what when where which who whom why will wishing with
without wondering working world worried would writing wrong y'all ya yall yep yes yesterday yet you your yours
dr mr mrs ms mx prof rev
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
september october november december christmas easter thanksgiving halloween hanukkah spring summer autumn fall
winter amazon apple google visa mastercard paypal fedex ups usps
"""
    )
)
