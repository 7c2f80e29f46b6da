:- module(shapes, [corners/2]).
corners(square, 4).
corners(disc, 0).
