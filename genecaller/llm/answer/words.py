"""Ordinary words and clinical abbreviations that are also gene names in HGNC."""

from __future__ import annotations

_WORDS = """
    a ace act aid aim air am an and apt arch arm arms art as ask asp at aura bad bag band bank bar
    bars base bat be bike bit bite box brain bright bud cage call camp can cap caps car cardinal
    cast cat cats cave cell chat chip chop clamp clip clock coil cope cord crane crest crop cross
    cup cut damage danger delta dim dip do dog dragon dream drop ear ears ego ell end era et exp
    face fact fair fall fast fat fell fig find fish fit fix flame flip flower fly fog for found
    free fuse gap gas gem gen get go goat grab grasp great grid gum had hail hair hall hammer hand
    hang harp has hat he head heart help her hex hi hint hip his hit hits hole hook hop hops hot
    hub if ill impact in inch ink ion iris is it itch jerky kin king kit lab lamp lap large last
    latex lax led leg lens les lets lid light lime lip lit lobe lot lung mag mail map maps mark
    mask mass mast mat mate max maze men met mice mid mind minor moth mother mouse mystery nail name
    nat near neck nest net nets nod node noise nose not nut of off on one opt or oral out pack pad
    palm par particle pass past patch pen per pet pie pig pigs pin pink pins pip pit plan plus
    pole post pox prune pump race rack rad raft ram ramp ran rank rap rash rat raw ray red ref
    rest rib rig rim ring rod root rope rose row sac sag sale sap sat scar school sea secret sell
    sense sep set sets sex sharp she ship shot sign simple sink sit six skeletal skin skip ski sky
    slim slug smile snail snap so son spar spatial spin spike spring spot spy star stars staring
    stat step steps still sting stop str swap swift swim tab tactile tag tail tall tan tank tap
    tape taps target task tau tea tease temp ten the thin thing think this tic tie tied tin tip
    tissue to top trace trade trait traits trap tray tree trend trim trio trip tub tube tug twist
    type typical unit up van vast vesicle vest wall war wars warts was wave we web wee west wet
    wing wire wish wit with yes zeta zip
    add adhd afp als alp alt anca ana apo ards asd asp ast av avsd bmi bmt bp bpd ca cap cf chd ck
    cmt cmv cns copd cp cpk crp csf ct cva dm dna dvt ecg eeg emg esr fas ffa fish fsh gbs gerd
    gfr gh gi hb hcm hdl hiv hpo hsp iq ivf ldl lh lvh mca mcv mi mra mri ms nf nicu nk np oct
    ocd omim pah pcr pda pet pfo pi pkd pku pns prl psa pt ptt rbc rna rp sca sd sle sma std tb
    tbi tia tof tsc tsh us uti vsd wbc xl yes no ad ar md do phd
    ache acinus alien all apex arc best blast camel carp cart cava cis clasp dance flap flash killer
    lag mal mater muted nodal oat odd pace panda pars pes pia pinch rem scot slack spasm steel swan
    trance trident
    acth adh aka apo bor cd cea ch ci co cr ctx dcm dd ddh dpd ecm erg fdg gad gal gd gm gmp gp hcg
    hk hnpp hr hy iga ii ki la lad li mb mch mcp mds mody mr mrs na neu ns os ph pl pm pr psp rd rh
    ro rpe scc slc sch srp ss swi th tn tr trna viii vwf wagr wbs
"""
ORDINARY_WORDS = frozenset(_WORDS.split())
"""Lower case; never read as a gene in prose, and in a list only where written as a symbol is."""
