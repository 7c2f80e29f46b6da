% What to take along: decisions, and what each outcome is worth (DTProbLog). The best is the umbrella without the raincoat: 43.
%
%   consil reason umbrella.pl --task decide
?::umbrella.
?::raincoat.

0.3::rainy.
0.5::windy.
broken_umbrella :- umbrella, rainy, windy.
dry :- rainy, umbrella, \+ broken_umbrella.
dry :- rainy, raincoat.
dry :- \+ rainy.

utility(broken_umbrella, -40).
utility(raincoat, -20).
utility(umbrella, -2).
utility(dry, 60).
