@0xd3a7c3f6c0a2b9e1;
# The schema of Sample.swift, which is written by hand.

interface Nothing {}

enum Colour { red @0; green @1; }

struct Point {
  x @0 :Int32 = 7;
  y @1 :Int32;
  label @2 :Text = "here";
}

struct Shape {
  name @0 :Text;
  visible @1 :Bool = true;
  colour @2 :Colour;
  area @3 :Float64;
  union {
    none @4 :Void;
    circle @5 :UInt32;
    polygon @6 :List(Point);
    child @7 :Shape;
  }
  tags @8 :List(Text);
  blob @9 :Data;
  grid @10 :List(List(UInt16));
  flags @11 :List(Bool);
  capability @12 :Nothing;
  origin @13 :Point = (x = 3, y = 4);
}
