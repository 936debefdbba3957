"""Sun, wind, water, demand and neighbours' prices of one weather year.

`make_profiles` draws every hourly series of a calendar year from the grid, the shipped tables and a seed. Time is
UTC, hour-beginning. Nothing is downloaded; every table row names its source and a confidence grade.

Method
------
Sites. A wind or solar plant takes the climate of the nearest site of its kind: onshore wind among the sites of its zone
in Kazakhstan and of its country elsewhere, offshore wind among offshore sites, sun among all sites of the country
(`site_of_plants` tells which and how far). Big plants and aggregates are spread over 4 or 9 points.

Correlation. All scatter comes from one machinery (`correlation`): Gaussian fields with covariance exp(-distance / L)
in space and first-order autoregression in time, built from plane waves, plus a small part of every plant's own. A
plant's series depends on its own place and name and on the seed alone: adding a plant changes no other. The slow wind
field is drawn out from west to east by a third, and a day's clearness follows it against the sign (fronts bring cloud).

Sun (`solar`). Daily clearness .82 x Beta(monthly mean, sd) with a Gaussian copula (phi .35, L 600 km); within the day
the profile of Collares-Pereira and Rabl times noise (phi .7, sd .10, less on clear days) that keeps the day's total;
capped at .85 of extraterrestrial; a typical year is brought to every month's long-run irradiation. Erbs, Hay-Davies,
fixed tilt or tracker with backtracking, Faiman and PVWatts (pvlib); losses 14 %, DC over AC 1.2.

Wind (`wind`). Weibull(v100, k) of sqrt(.7) slow + sqrt(.3) fast fields (30 h, 550 km; 8 h, 150 km) times the site's
daily and monthly cycle; air density by elevation and season; mean of shipped power curves smoothed for turbulence;
losses 12 %; moving average of 3 h (5 h for aggregates). One factor on wind speed brings each plant to its stated
yield, or to that of Weibull(v100, k) where none is published.

Water (`water`). Annual energy of an average, dry or wet year per plant times monthly shares, smooth within the months.

Demand (`demand`). Month x weekday or weekend x hour of the local clock x noise (sd 2 %, phi .9, .8 shared in a
country), raised to the one power and scale that meet the zone's annual energy and peak.

Neighbours' prices (`markets`). Level of the year x month x hour in two seasons on the market's clock, plus daily and
hourly noise that fills what these leave of the observed standard deviations; floored, mean restored.

What it does not know: no link between weather and demand or prices, no real weather year, no year-to-year change of
water or of a typical year's sun and wind (ask for a drawn year).
"""

from greengrid.weather.profiles import Profiles
from greengrid.weather.sites import SiteOfPlant, site_of_plants
from greengrid.weather.synthesis import make_profiles
from greengrid.weather.water import reservoirs

__all__ = ["Profiles", "SiteOfPlant", "make_profiles", "reservoirs", "site_of_plants"]
