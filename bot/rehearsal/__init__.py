"""A season in virtual time: invented people before the real bot, with platforms that are played.

`stage` builds the bot, `platforms` plays what stands outside it, `crowd` and `duties` say what
people do, `season` lives the days, `closing` adds up what became of it.
"""
