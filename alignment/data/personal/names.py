"""Words that help to tell a person's name: first names, surnames, and capitalised words that are none.

`FIRST_NAMES` and `lexicon/world_*.txt` were chosen by hand; `GIVEN`, `FAMILY`, `ORDINARY` and `PLACES` are larger, from
the other lists in `lexicon/`.
First names that are also common words, places or flowers (Rose, Georgia, Mark, April, ...) are `SHARED_NAMES`: they
are taken as names only where the sentence says so ("my name is Rose") or a surname follows (Rose Petrova).
All are in small letters.
"""

import re
from pathlib import Path


def words(text: str) -> list[str]:
    """The words of a text; lists in the code stay short to read this way."""
    return text.split()


def listed(name: str) -> frozenset[str]:
    """The words of a list in `lexicon/`."""
    return frozenset(words((Path(__file__).parent / "lexicon" / f"{name}.txt").read_text("utf-8")))


FIRST_NAMES = listed("world_given") | frozenset(
    words(
        """
aaliyah aaron aarti abby abdulaziz abel abhinav abhishek abigail abimbola abiola abraham ada adam adanna addison
adebayo adele adewale aditi aditya adrian adriana agnes ahmed aidan aigerim aileen aisha aishwarya aisling ajay ajit
akash akhil alan alana albert alec alejandra alejandro alejo alex alexander alexandra alexis alfie alfonso alfred
alhassan ali alice alicia alina aline alison alistair allan allen allison alma alondra alonzo alton alvin alyssa
amanda amara amari ambika amelia amie aminata amir amit amita amos amy amélie ana ananya anastasia anaïs anders
andre andrea andreas andrej andrew andrzej andy angela angelica angelina angelo angie angus aniket anil anish anita
anja anke ankit ankita ankur ann anna anne annette annie anthea anthony antoine anton antonia antonio anuj anupam
anuradha apoorva araceli aravind archana aria ariana ariel arjun arlene arnaud arnold arthur arturo arvind ashish
ashley ashok ashwin asim astrid audrey aurélie ava axel ayden ayesha azadeh babajide babak babatunde balaji
balakrishnan barbara barry bart basma bastien beatrice beatriz becca becky belinda ben benjamin benny benoît
bernadette bernard bernice bert bertha bessie beth bethany betsy bettina betty bettye beverly bharat bhavesh
bhupinder billie billy birgit björn blake blanche bob bobby bolaji bonnie boubacar boyd brad braden bradford bradley
brady brandon brenda brendan brent brian brianna brianne brice bridget brij britney brittany bronwyn brooke bruce
bryan bryant bryce byron caleb callum calvin cameron camila camille camryn candace candice carl carla carlos
carlotta carlton carly carmela carmen carol carole caroline carolyn carrie carson casandra cassandra cassie
catherine cathy catriona cecelia cecil cecilia cedric celeste celia chad chandan chandni chandra charlene charles
charlie charlène charmaine chelsea cheryl chester chetan chiara chibuike chidera chidi chima chinonso chinwe chioma
chloe chris christelle christian christina christine christoph christopher chuck cindy claire clara clarence
clarissa clark claude claudette claudia claudine clayton clemens cleo clifford clifton clint clinton clive clyde
clémence clément cody colin colleen connie connor cora corey corinne cornelia corrine cory courtney craig cristina
crystal curt curtis cynthia cyrus czesław céline dafydd dagmar daisuke daisy dale dallas damian damien damon dan
dana daniel danielle danny daoud daphne darcy daria darius darla darlene darnell darrell darren darryl darshan daryl
dattatreya dave david davis dawn dean deanna debbie debby deborah debra declan dee deena deepak deepika deidre
deirdre delia della delores denise dennis derek deshawn desiree desmond devin devon devraj dewey dexter diana diane
dianna diego dieter dieudonne dilip dina dinesh dionne dixie dmitri dolores dominic dominik dominique don donald
donna donnie dora doreen doris dorota dorothy doug dougal douglas drake duncan dustin dwayne dwight dylan eamon earl
ebele ebere ebony ed eddie eddy eden edgar edith edna eduardo edward edwin edwina efosa eileen eilidh ekaterina
elaina elaine elbert eleanor elena eli elias elijah elisa elise eliza elizabeth ella ellen ellie elliot elliott
ellis elmer eloise elsa elsie elvira emilio emily emma emmanuel enrique eric erica erick erik erika erin erma ernest
ernestine ernesto esmeralda essie estelle esther ethan ethel eugene eun eunice eva evan evelyn everett ewan ezra
fabian fabien fabrice faisal fatemeh fatima fatma fatou faye felicia felipe felix femi feng ferdinand fergus
fernanda fernando feroz finlay fiona fletcher florian florine floyd folake folasade forrest frances francisco franck
frank franz françois françoise fred frederick fredrick friedrich funmilayo gabriel gabriela gail ganesh ganiyu
gareth garrett gary gavin gayle geeta gemma geneva genevieve geoffrey george georgette gerald geraldine gerard
gerardo gerd gertrude ghassan gianna gilbert gilberto gina ginny giorgos giovanni giselle giulia giuseppe gladys
glen glenda glenn gloria gordon grady graeme greg gregory gretchen guadalupe guillaume guillermina guillermo gurdeep
gurjit gurmeet gurpreet gus gustavo guy gwen gwendolyn gwyneth günter günther habib hal hamish hank hannah hans
harjit harlan harley harold harpreet harriet harriett harrison harry harsha hassan hattie hazel heather hector heidi
heike heinrich heinz helen helena helga helmut hemant hemlata henrik henry herbert herman hester hideo hilary hilda
hiroshi holly homer hope horace horst howard hubert hugo humberto hélène iain ian ibrahim ibrahima ida ignacio
ijeoma ike ikechukwu ilene imad imani imogen imran imrana ines inez ingrid ira irene irma irving isaac isabel
isabell isabella isabelle isaiah isaias israel issac ivan ivette jack jackie jackson jacob jacqueline jacquelyn jada
jahanara jaime jake jamal jamar james jamie jana jane janek janelle janet janice janie janine jared jarrod jasmine
jason jaspreet jaswinder javier javon jay jayant jayesh jean jeannette jeannie jed jeff jeffrey jemima jen jenifer
jenna jennie jennifer jenny jerald jeremy jeri jermaine jerome jerry jess jesse jessica jessie jewel jignesh jiho
jill jim jimmy jitendra jo joachim joan joann joanna joanne joaquin joaquín jocelyn jochen jodi jodie jody joe joel
johanna johannes john johnnie johnny jolene jon jonathan joni jordan jorge jose josefina joseph josephine josh
joshua josie josé joséphine joy joyce juan juana juanita judah judd jude judith judy juergen julia julian julie
julio julissa jun justin jutta jérôme jürgen kailash kaitlin kaitlyn kaito kalpana kalyani kara karen karim karin
karina karl karla karsten karthik karyn kasey katarina kate katharina katherine kathie kathleen kathrin kathryn
kathy katie katja kavita kavitha kay kayla kaylee keerthi kehinde keisha keith kellie kelly ken kendall kendra kenji
kenneth kenny kent kerri kerry ketan kevin khalid kieran kim kimberly kiran kirk kirsty kishore klaus kofi komal
konstantin kristen kristi kristie kristin kristina kristine kristy krystal kumar kunal kurt kushal kwame kyle lacey
lachlan lakshmi lalitha lamar lamia lana lance larissa larry latasha latha latisha latoya laura laurel lauren
laurent laurie lavonne lawrence laxmi leah leann leanne lee leila lekan lela leland lena lenore leo leon leona
leonard leonardo leonie leonor leroy lesley leslie lester leticia lewis liam lila lillian lillie lily linda lindsay
lindsey lionel lisa liz liza lizzie lloyd logan lois lola lonnie lora loraine lorenz lorenzo loretta lori lorna
lorraine lottie lou louella louis louise lowell loïc luca lucas lucia lucie lucille lucinda lucy luella luis luisa
lukas luke lula luther lutz lwazi lydia lyle lynda lynette lynn léa mabel mable mack maddie madeline madge madhu
madhuri mae magdalena maggie mahesh malcolm malik malinda mallika mandy manfred manish manisha manoj manon manpreet
manuel marc marcella marcelo marcia marco marcus marcy marek margaret margarita margie margo maria mariah mariana
marianne maribel maricela marie marilyn mario marion marisa marisol marissa maritza marjorie marla marlene marlon
marsha marta martha martin martina marty marvin mary maryann masood mateo mathieu mathilde matt matteo matthew
matthias mattie maude maureen mauricio mavis max maxime maxine maya mayank meagan meena meenakshi megan meghan
mehmet mehul mei melanie melba melissa melody melvin mengyao mercedes meredith merle mia michael michaela micheal
michele michelle mick mickey miguel mike mikhail milan mildred milind millicent millie milton mindy minerva minh
minnie miranda mireille miriam mitch mitchell modou mohamed mohammad mohammed mohit moises mokoena mollie molly mona
monica monique monisha monte morag morgan moritz morris moses moussa mridula muhammad mukesh murali muriel murugan
mustafa myra myrna myron myrtle mélanie nadia nadine nagaraj naledi namrata nancy nanette nannie naomi narayan
naresh narinder nasreen nasser natalie nathan nathaniel navdeep naveed naveen neelam neeraj neil nell nellie nelson
nestor nettie neva neville nguyen niamh nicholas nick nico nicola nicolas nicole nigel nikhita nikki niklas nilesh
nils nina nisha nishant nita nitin nitya nkechi noah noel noelle nolan nora norbert noreen norma norman norris
nosipho noémie ntombi octavia odell odessa ofelia oisin oksana ola olabisi olaf olamide olayinka olga olive oliver
olivia ollie olumide oluwaseun omar onyeka opal ophelia ora orville osagie oscar otis otto owain owen oyin oğuz
pablo padraig paige pam pamela pankaj pansy paolo parag paramjit parminder parvati parveen pascal pasquale patrice
patricia patrick patsy patti patty paul paula pauline pearl pedro peggy penny percy perry pete peter petra phil
philip philippe phillip phoebe phyllis pierre polly poonam prabhu pradeep prakash prasad prashant prateek pratibha
praveen preeti priscilla priti priya priyanka purnima quentin quincy quinn quinton rachel rae rafael rahim rahul raj
raja rajan rajat rajeev rajendra rajesh rajiv rajkumar raju rakesh ralph ramachandran ramesh ramiro ramon ramona
ramya randal randall randolph randy ranjit raphaël raquel rashid rashmi raul ravi ravindra ray raymond raúl reba
rebecca reggie regina reginald rehan reinhard rekha rena renata renate rene renuka rené reuben rex reyna rhoda
rhonda rhys ricardo rick ricky rigoberto riley rita ritesh ritu robbie robby robert roberta roberto robin robyn
rochelle rocky roderick rodney rodolfo rodrigo rogelio roger rohan rohit roland rolando romain romeo ron ronald
ronda ronnie roosevelt rory rosa rosalie rosalind rosario roscoe rosemarie rosetta rosie roslyn roxanne roxie roy
ruben ruchi rudolph rudy rufus rukmini rupa rupert rupinder russell rusty ruth ryan rémi rüdiger sabine sabrina
sachin sadie saeed sagar saif sakshi sallie sally salma salvador salvatore sam samantha sammy samson samuel sandeep
sandra sangeeta sanjana sanjay sanjeev santos santosh saoirse sara sarah sasha satish satoshi saul savita scott sean
sebastian sebastián selina selma sergio seth seun shabana shabnam shahid shahnaz shailesh shakuntala shalini shane
shanice shankar shannon shanthi sharad shari sharlene sharon shashi shauna shawn shawna sheetal sheila shelby
sheldon shelia shelley shelly sheri sherman sherri sherrie sherry sheryl shilpa shirley shobha shraddha shreya
shruti shubham shweta sidney sigrid silas silke silvia simon simone simran sindhu siobhan sipho smita socorro sofia
solange sonia sonja sonny sonya sophia sophie soumya sowmya spencer sridhar srinivas stacey stacie stacy stan
stanley stefan stefanie steffen stella stephan stephanie stephen steve steven stewart stuart stéphane stéphanie
subhash subramanian sudarshan sudhir sue sujata sukhdeep sukhwinder sumit summer sunil sunita supriya suraj surendra
suresh susan susana susanne sushil sushma susie suzanne suzette sven svetlana swapna swati sybil sydney sylvester
sylvia søren tabitha tamara tamera tami tamika tammie tammy tamsin tanisha tanja tanner tanya tara tasha tatiana
taylor ted temitope teresa teri terrance terrell terrence terri terry tess tessa thabo thad thaddeus thelma theo
theodore theresa therese thierry thomas thorsten tia tiffany tim timothy tina tisha tobias toby todd tom tomas tommy
toni tony tonya tori torsten tracey traci tracie tracy tran travis trent tricia trisha tristan trudy tucker twila ty
tyler tyra tyree tyrone udo ugochukwu ulrich ulrike umesh ursula uwe vaibhav val valarie valentina valerie valérie
vance vandana vanessa varun vasant vaughn velma vera vern verna vernon veronica vicki vickie vicky victor victoria
vidya vijay vijaya vikas vikram vikrant viktor vilma vinay vince vincent vineet vineeth vinod viola violet vipul
virgil virginia virginie vishal vishnu vito vivek vivian véronique wade wahid waleed wallace walter waltraud wanda
warren wasim wayne wei wendell wendi wendy wesley whitney wilbert wilbur wilda wiley wilfred wilhelm willa willard
william willie willis wilma winifred winnie winston wolfgang woodrow xavier xiaoling xiaoming xiomara yannick yasmin
yesenia yogesh yohannes yolanda yuki yuko yuri yusra yusuf yves yvette yvonne zachariah zachary zack zainab zara
zelda zeynep zhen ziad zoe zuzanna élise élodie émile émilie étienne
abdikadir adeel adjei algie amandeep amila angharad anniken anucha aparecida arezoo aritz arjan armine artak ashwini
ayomide babs bakhyt baljit barnaby basia bazza behrooz bentlee bethelhem beto bex bhagyashree bheki biniam bisi
bláthnaid chamari chayo chiyoko cigdem cleide daiki daiva dariush daz debs dele desislava dilrukshi dineo dongwook
dontrell drishti emberly esinam eunbi faduma faigy faleolo farishta folarin funke gagandeep gamze gaz gbemisola
genilson gintaras gittel golnar gosia guanyu gulalai gunnhild gurbaksh haneul harbhajan heledd hibo hinata hinemoa
hodan hovhannes hyunjin iolo iratxe itzayana jaemin jagdeep jahnavi jasleen jayceon jenn jinwoo junwei kabelo kanokwan
kartik kashton kasia kath kazuhiro ketaki kev khang kimmy kirandeep kiri krasimir kuldeep kumudu kynlee kyungsoo lalit
laquisha lindiwe llinos losaline lovepreet lwandle macca makoa manasi mandeep marivic maryan masahiro mayuri mehran
meihua meinir meritxell meron mikey minseok montague montse mrinal mthunzi naheed najibullah natsuki nattaya navjot
neeta nige niloofar nimco niranjan nkem nkosana nompumelelo ntombizodwa nuwani nvard oaklee obadiah obiora olufemi
oluwatosin omkar ottoline padmini palesa pammy persephone plamen prasert prerna purvi quanisha quoc raghunath rajani
rajwinder ranjana ravneet rayssa reshma ritika robbo rosangela roshini roz ruairidh rukhsar rumyana ruolin rupali
ryota sadaf sagal sagarika saima sajjad sanath sangwoo sanika selam selorm sepideh seraphina seunghoon sharmila shaz
shazza shekhar shilpi shinichi shmuel shobhana shprintza shridhar shriya siamak sigbjørn sizani somto somying steph
stoyan sudha sukhmani sulochana sumedha sunghoon swaroop taika tamuna tash tatsuya teboho tehmina tejaswini tharaka
thayna thelonious thilini thurgood tihana tinatin todorka tormod torquil trev trupti tsehay tuncay tynlee tzipora uju
urmila uzair venkat vibha vinayak vusi waqas warsame wenjie wichai xabi xiaomei yashwant yevgeny yiannis yiming
yingying yinka yonas yoonji youngjae yuichi zalman zarghona zaylee zhanar zhihao zikora zubaida åse
"""
    )
)

# First names that are flowers, stones, colours, makes or words of trade too: alone they are no name.
SHARED_NAMES = listed("shared") | frozenset(
    words(
        """
amara angel april augusta aria art ashley aurora axel bella bill blake bonnie brandy brooke cameron candy carol carolina
carson casey chad charlotte chase christian clara cliff clinton conrad courtney crystal daisy dakota dale dallas davis
dawn dean dixie dolores drake drew duke earl eden ella faith florence frank franz gene geneva georgia ginger glen
grace grady grant guy harley harrison hazel heather herb holland holly homer hope houston iris israel ivy jackson
jamie jasmine jay jean jewel jordan joy jun june kay kelly ken kent kim kiran kirk kit lance laurel lea lee lena leo
lily lincoln logan lou luca luna madison mae magnolia malik marco marina mark may melody mercedes mia morgan moses
myrtle nelson nico noel nora odessa olive opal paige pansy parker pat pearl penny perry phoenix quinn ray reed rene
rich riley robin rocky roger roma roosevelt rosario rose ruben rusty sage sandy santos savannah shannon shelby sherman
sherry sonny spencer stella summer sydney tara taylor terry tiffany trent troy tucker ty tyler val van vera victoria
viola violet virginia wade warren whitney wiley will wilson
"""
    )
)

NOT_NAMES = frozenset(
    words(
        """
a about absolutely afraid after again all allergic also always am amazon an and another any anyone anything apple
april are as asap asking at august autumn available aware awesome back bad be beaucoup because before best better bien
billing bitte bonne both btw but buying by calling can captain care ce cette charm cheers christmas claus confused
congratulations considering contacting correct cortana could curious customer customers damen damn dank danke das dear
december decor delighted delivery dem den der did die disappointed do does done dr each east easter ein eine either el
email emailing enjoying even ever every everybody everyone everything excellent excited expecting fall february fed
fedex feeling fine first folks following for fort fortunate frau free friday friend friends from frustrated furious
getting glad go going gonna good google grateful great guest gut guys half halloween hanukkah happy have having he
hello help her here herr herren hey hi him his home honestly honored hoping how i ich if ihnen ihr ihre impressed in
inquiring interested into is it its january je journée july june just kind kindly la ladies las last late later le
leaving les let leute like living located looking los lost love lovely ma madam madame making many march mastercard
mate mates may maybe me member merci mine miss moderator monday monde monsieur moving mr mrs ms mx my myself naturally
neat need neighbor new next nice nicht no nobody noch none north not nothing november now october of off ok okay on
one only open or order ordering our ours out over overjoyed page partner pas paypal people pepper perfect planning
please pleased pour product prof purchasing question quite reaching reading ready really regarding responding
returning returns rev right running saint sales san satisfied saturday saying seeing sending september service she
shipping shocked shopping sie sir siri sirs so some somebody someone something sorry south southern speaking spring
still store stuck stunned such summer sunday super support supposed sure surprised tall team terrible terribly thank
thankful thanks thanksgiving that the their them then there these they thing things thinking this those thrilled
thursday tired to today tomorrow tonight too torn totally tous tout town traveling trouble truly trying très tuesday
two un unable under une unhappy unsure until up ups upset urgent us using usps valentine valued very vielen visa votre
vous waiting want wanting was we wednesday welcome well were west what when where which who whom why will winter wir
wishing with without wondering working world worried would writing wrong y'all ya yall yep yes yesterday yet you your
yours zusammen voraus bonjour bonsoir salut hallo moin servus hola gracias ciao saludos guten sehr bien mein meine
olá oi bom boa buongiorno buonasera salve grazie prego buenas buenos hej tack cześć dziękuję goedemorgen goedemiddag
bedankt obrigado obrigada kunde kundin kundenservice berater beraterin mitarbeiter mitarbeiterin conseiller conseillère
klant medewerker cliente agente operador ihrem votre notre herrn fräulein señor señora
grandma grandpa granny nana auntie mommy daddy
"""
    )
)

# After a name, these words make it the name of a thing, a place or a company: Clara Lamp, Victoria Street.
THINGS = frozenset(
    words(
        """
airport apartment armchair ave avenue backpack backsplash bag bakery bank bar basket beach bed bench bett bike
blanket blender bloom blouse blvd bookcase bookshelf boot boots bougie boulevard bouquet bourbon boutique bowl box
bracelet brothers building cabinet cafe canapé candle canvas cardigan cd center centre chair chaise chandelier
chinos church city classic clock club co coat code collection college cologne color colour comforter commode company
conditioner cooler corp couch county couronne court coussin couverture credenza creek crib cup curtain cushion decke
decor deluxe denim depot design desk diapers doll doormat dr drape dress dresser drill drive duvet dvd earbuds
earring edition eve fabric farm farms faucet fauteuil festival figurine fleece flower foods fork frame fridge full
futon gallery gamme garden garland glass gmbh grill group guitar hat headphones heels helmet home homes hoodie
hospital hotel house hwy inc inn insoles island jacket jeans jersey kerze kettle key kissen kit kitchen knife
kollektion kommode kranz lamp lampe lane lantern large leggings library light lights line linen lipstick llc
ln loafers lodge lotion ltd magazine mall market mascara mat mattress medium mini miroir mirror mixer model modell
modèle mountain mug museum napkin necklace news nightstand oak onesies ornament ottoman oven painting pajamas pan
pants park parka partners party pattern pendant perfume pillow pine pitcher place placemat planter plate platter
plaza polo poster pot premium press print province purse puzzle quilt raincoat ranch rd recliner regal resort
restaurant rideau ring river road romper rug runner sage sale salsa sandals scarf school schrank sconce sculpture
seasoning serie series serum sessel set settee sham shampoo sheet shelf shirt shoe shop shorts sign skirt slippers
sneakers soap socks sofa sons speaker spiegel spoon square st standard state station statue stool store street
stroller studio stuhl style sunglasses sweater swing table tablecloth tapis teapot tee teppich theater theatre throw
tile tires tisch toaster tote tour towel tower town toy tray tree tumbler university vacuum valley vase vest village
vintage vinyl vorhang walnut way wedding week weekend whiskey wingback wreath
"""
    )
)

# Words that often begin a sentence, or stand after "I'm", with a capital: no names after a weak lead.
COMMON = NOT_NAMES | frozenset(
    words(
        """
ability able accept acceptable accessible according account acting actually add adding additionally address admin ah
aha ahh almost alright although american among amount apologies apologize applied apply appointment appreciate approve
approved are arrival arrive assist assistance assume august auto availability available avoid awesome awful balance
bank based basic been begin behind being below beside besides bet between beyond big bit black book booked booking
both bought bring british broken brown budget bug busy bye call called cancel cancelled card careful case cash certain
chance change charge cheap cheaper check checked checking chinese choose city clear click close code cold color come
coming complete completed concerned confirm confirmation confirmed connected considered contact continue cool cost
credit currently cut damn date day days deal deliver delivered depart departing departure depending describe details
did different difficult direct directions discount does doing done door double down driver due during early easy eight
either eleven else email end english enjoy enough enter error evening exactly example except exchange excuse exit
expect expensive express fair family far fast father feel fill final finally find finished fit five fix flight floor
follow forget forgot found four french friday fun further general generally german gift give given glad got great
greek green guess had hang hard has hate hear heard hello hence hey hi high hmm hmmm hold home hot hotel hour hours
however hungry hurry idea immediately important include included incorrect indian info information instead interested
invalid italian item items japanese job joke keep kind knew know known large later latest learn least leave left less
level light lol long look looks lost lot lots low luckily lucky made main major make man manager map match matter mean
meanwhile meet meeting mention message mexican middle might mind minute minutes missing mom moment monday money month
more morning most mother move moving much must mustn name near nearly need never nice night nine nope note noted
nothing notice now number occasionally odd offer often oh okay old once online oops open opening opens option options
original other otherwise outside own package paid part party pay payment per perfect perhaps phone pick picked pin
place plan play plus point policy poor possible possibly post pretty previously price prior private probably problem
proceed process product provide provided public purchase put quality question questions quick quickly quite quote rain
rate rather read reason receive received red reference refund regarding regards regular rejected remember rent repeat
replace reply report request require return returned review ride roger room rsvp rude safe said same saturday save say
scared schedule scheduled search second see seems select send sent serious seriously service set seven several shall
ship shipped shipping short show sick side sign silly similar simply since single sister six size sleep small smart
sold someone something sometimes soon sort sound sounds spanish special specific spell spot standing start started
starting starts stay step stop store straight strange street strong stupid such suggest sunday sunny super sweet take
taken taking talk taxi tell ten terms test text than thing think third though three thursday time title today together
told tomorrow took top total totally track tracking travel tried true trust try trying tuesday turn twelve twice two
type typically ugh uh um under understand understood unfortunately unless update use used user usually value various
verified version view visit wait waiting warm warning watch water way weather wednesday week weekend weight well went
whatever whenever wherever whether while white whole wide wife will window wise wish within wonderful wood word work
working works worry worse worth wow wrap write wrote yeah year years yellow yup zip
"""
    )
)

# Peoples and languages, shops, carriers, ways to pay: capitalised, and no names.
BRANDS = frozenset(
    words(
        """
african afterpay airbnb alexa allah american android argentine asian australian austrian bavarian belgian bible
bluetooth bordeaux brazilian british canadian caribbean catholic celtic chevron chinese chrome colonial costco cuban
czech danish dhl dutch ebay edwardian egyptian eiffel english etsy european facebook fahrenheit finnish firefox french
georgian german gmail gothic greek hawaiian hungarian icelandic ikea indian instagram iphone irish italian
japanese jesus jewish kitchenaid klarna kohls korean kwanzaa latin lenox linkedin linux lowes macys marriott martens
mediterranean messenger mexican microsoft moroccan moscow nespresso netflix nordstrom norwegian obama okta oprah outlook
overstock paypal persian photoshop pinterest polish portuguese ramadan reddit russian sabbath safari samsung scottish
sephora shopify siri slovak spanish spotify starbucks stripe swedish swiss telegram tiktok trump tupperware turkish
tuscan twitter uber ukrainian ups usps valentino velcro venetian venmo victorian vietnamese vimeo visa walmart wayfair
wechat wedgwood welsh westinghouse whatsapp wikipedia windows xbox xerox xmas yahoo yelp youtube zelle zillow zoom
bitcoin edelstahl kundendienst kundenservice service rathaus weihnachten ostern noël pâques cyberport
zalando fnac darty carrefour leclerc mondial colissimo chronopost argos tesco asda aldi lidl sainsburys
boots harrods ocado evri yodel amazon google apple target pier
pls plz thx ty lol omg btw fyi asap idk tbh imo wtf smh ugh yup nope gonna wanna gotta kinda dunno ain't can't don't
won't ain't isn't didn't doesn't couldn't wouldn't shouldn't haven't hasn't wasn't aren't weren't y'all i'm i've i'd
i'll
it's that's there's here's what's where's who's how's let's you're you've you'll we're we've we'll they're
theres thats whats wheres hows lets im ive dont cant wont didnt doesnt isnt wasnt couldnt wouldnt ill youre theyre gonna
america angeles rica avon hilton iban bic blz plz stanford harvard anymore fella buddy appt robot doggy mommy daddy
taurus qty
hermes louis hugo lego lexus audi porsche fiat honda toyota nissan mazda subaru hyundai kia volvo skoda seat opel
peugeot renault citroen chevrolet cadillac bentley ferrari maserati lamborghini dyson bosch siemens miele philips
panasonic toshiba hitachi casio nikon fuji fujifilm nintendo playstation lenovo asus acer dell huawei xiaomi oneplus
motorola nokia garmin fitbit roomba sonos bose jbl logitech gopro polaroid kodak adidas nike puma reebok asics lacoste
gucci prada chanel dior burberry versace fendi armani cartier rolex swarovski pandora levis uniqlo primark decathlon
nestle heinz danone lindt milka oreo pepsi fanta heineken corona ryanair lufthansa emirates qantas easyjet wizz
expedia comcast worldpay coinbase zappos doordash instacart grubhub verizon ubereats geeksquad xfinity hulu roku shein
temu alibaba aliexpress rakuten groupon tripadvisor orbitz priceline trivago vrbo lyft postmates petco petsmart
walgreens kroger safeway publix wegmans cashapp mailchimp hubspot zendesk salesforce intercom slack dropbox github
airtable quickbooks shipstation ontrac lasership purolator geico allstate aetna cigna humana vodafone deliveroo klm
qvc vinted depop poshmark stockx binance robinhood samsonite tempur
visa maestro revolut monzo airpods macbook ipad kindle alexa cortana bixby chromecast bosch makita dewalt stihl
christmas halloween easter hanukkah diwali eid thanksgiving ramadan
"""
    )
)

# The first word of many a town: no name before another word.
TOWNS = frozenset(
    words("los las san santa fe vegas buenos aires rio rhode palo alto puerto costa baton new saint fort")
)

# Well-known names of makers, paintings, books and styles, by which things are called.
FAMOUS = re.compile(
    r"(?:john lewis|ted baker|laura ashley|ralph lauren|calvin klein|tommy hilfiger|martha stewart|joanna gaines"
    r"|chip gaines|rachael ray|benjamin moore|sherwin williams|rae dunn|vera (?:bradley|wang)|kate spade|michael kors"
    r"|steve madden|jo malone|ethan allen|jack daniels?|betty crocker|est[ée]e lauder|elizabeth arden|mary kay"
    r"|marc jacobs|tory burch|norman rockwell|frank lloyd(?: wright)?|peter (?:rabbit|pan)|harry (?:potter|styles)"
    r"|mickey mouse|charlie brown|santa claus|martin luther(?: king)?|george washington|abraham lincoln|thomas edison"
    r"|martha washington|thomas jefferson|grace kelly|marilyn monroe|elvis(?: presley)?|dolly parton|taylor swift"
    r"|james bond|sherlock holmes|jane austen|william morris|vincent van gogh|van gogh|claude monet|monet|picasso"
    r"|frida kahlo|johnny cash|bob ross|willie nelson|hank williams|walt disney|disney|louis vuitton|christian dior"
    r"|yves saint laurent|hugo boss|karl lagerfeld|jean paul gaultier|le creuset|emma bridgewater|cath kidston"
    r"|orla kiely|sophie allport|jamie oliver|mary berry|nigella lawson|stella mccartney|rosenthal|villeroy|boch"
    r"|julia child|uncle ben|aunt jemima|mrs meyers|dr pepper|milton keynes|king george|queen elizabeth"
    r"|prince charles|stan smith|les paul|goldman sachs|charles schwab|morgan stanley|edward jones|fannie mae"
    r"|sallie mae|freddie mac|johnson & johnson|johnson and johnson|smith & wesson|johnson controls|harley davidson"
    r"|oscar mayer|jimmy (?:johns?|choo|dean)|papa johns?|trader joes?|little caesars?|sara lee|marie callender"
    r"|wolfgang puck|bobby flay|gordon ramsay|paula deen|emeril|george foreman|hamilton beach|perry ellis|kenneth cole"
    r"|anne klein|donna karan|liz claiborne|eddie bauer|carolina herrera|oscar de la renta|tom ford|paul mitchell"
    r"|charlotte tilbury|bobbi brown|laura mercier|helena rubinstein|max factor|max mara|paul smith|fred perry"
    r"|jack wolfskin|jack jones|jack wills|helly hansen|john deere|john frieda|jim beam|johnnie walker|jose cuervo"
    r"|captain morgan|ben & jerry|ben and jerry|marks (?:&|and) spencer|tim hortons?|wells fargo|lloyds"
    r"|(?:levi|wendy|macy|kohl|lowe|dick|carter|denny|domino|arby|chili|hershey|kellogg|reese|campbell|sotheby|christie"
    r"|bloomingdale|dillard|sainsbury|debenham|mcdonald|hardee|culver|popeye|scholl|jack daniel|victoria|barry|newman"
    r"|smucker|lay|land|sally|claire|zaxby|johnson)['’]s(?! (?:order|e-?mail|phone|account|address|birthday|name|wife"
    r"|husband|package|mother|father)))(?!\w)",
    re.IGNORECASE,
)

GIVEN = FIRST_NAMES | listed("given")
FAMILY = listed("family") | listed("world_family") | {"doe", "roe"}
ORDINARY = listed("ordinary")
PLACES = listed("places")
