@0xb8d3a64c9e1f7052;
# A tree of arithmetic: many small structs, one behind the other. After Cap'n Proto's own eval benchmark.
enum Operation { add @0; subtract @1; multiply @2; divide @3; modulus @4; }
struct Expression {
  op @0 :Operation;
  left :union { value @1 :Int32; expression @2 :Expression; }
  right :union { value @3 :Int32; expression @4 :Expression; }
}
