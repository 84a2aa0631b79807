@0xa93fc509624c72d9;
# How `capnp compile` describes a schema to a plugin. Ids, ordinals and types are those of Cap'n Proto 1.4.0.

using Swift = import "../swift.capnp";
$Swift.module("CapnProtoSchema");

using Id = UInt64;

struct CodeGeneratorRequest {
  # The root of what a plugin reads from its standard input.
  nodes @0 :List(Node);                       # Of the requested files and of all that they refer to
  requestedFiles @1 :List(RequestedFile);
  capnpVersion @2 :CapnpVersion;
  sourceInfo @3 :List(Node.SourceInfo);

  struct RequestedFile {
    id @0 :Id;
    filename @1 :Text;                        # As on the command line, without --src-prefix
    imports @2 :List(Import);
    fileSourceInfo @3 :FileSourceInfo;

    struct Import {
      id @0 :Id;
      name @1 :Text;                          # As in the import expression
    }

    struct FileSourceInfo {
      identifiers @0 :List(Identifier);

      struct Identifier {
        # A name in the file's text, and what it refers to.
        startByte @0 :UInt32;
        endByte @1 :UInt32;
        union {
          typeId @2 :Id;
          member :group {
            parentTypeId @3 :Id;
            ordinal @4 :UInt16;
          }
        }
      }
    }
  }
}

struct CapnpVersion {
  major @0 :UInt16;
  minor @1 :UInt8;
  micro @2 :UInt8;
}

struct Node {
  # A declaration.
  id @0 :Id;
  displayName @1 :Text;                       # File and path, to be shown to people
  displayNamePrefixLength @2 :UInt32;         # Bytes before the declaration's own name
  scopeId @3 :Id;                             # The enclosing node; 0 for files and for methods' own structs
  nestedNodes @4 :List(NestedNode);
  annotations @5 :List(Annotation);
  parameters @32 :List(Parameter);            # Of a generic declaration
  isGeneric @33 :Bool;                        # Whether it or an enclosing node has parameters
  startByte @34 :UInt32;
  endByte @35 :UInt32;

  union {
    file @6 :Void;
    struct :group {
      dataWordCount @7 :UInt16;
      pointerCount @8 :UInt16;
      preferredListEncoding @9 :ElementSize;
      isGroup @10 :Bool;
      discriminantCount @11 :UInt16;          # Members of the union; 0: none
      discriminantOffset @12 :UInt32;         # In units of 16 bits
      fields @13 :List(Field);                # By ordinal
    }
    enum :group {
      enumerants @14 :List(Enumerant);        # By ordinal
    }
    interface :group {
      methods @15 :List(Method);              # By ordinal
      superclasses @31 :List(Superclass);
    }
    const :group {
      type @16 :Type;
      value @17 :Value;
    }
    annotation :group {
      type @18 :Type;
      targetsFile @19 :Bool;
      targetsConst @20 :Bool;
      targetsEnum @21 :Bool;
      targetsEnumerant @22 :Bool;
      targetsStruct @23 :Bool;
      targetsField @24 :Bool;
      targetsUnion @25 :Bool;
      targetsGroup @26 :Bool;
      targetsInterface @27 :Bool;
      targetsMethod @28 :Bool;
      targetsParam @29 :Bool;
      targetsAnnotation @30 :Bool;
    }
  }

  struct Parameter {
    name @0 :Text;
  }

  struct NestedNode {
    name @0 :Text;
    id @1 :Id;
  }

  struct SourceInfo {
    # What the source says about a node beside its meaning.
    id @0 :Id;
    docComment @1 :Text;
    members @2 :List(Member);                 # Of fields, enumerants or methods, in the node's order
    startByte @3 :UInt32;
    endByte @4 :UInt32;

    struct Member {
      docComment @0 :Text;
    }
  }
}

struct Field {
  name @0 :Text;
  codeOrder @1 :UInt16;                       # Position in the source, counted among the siblings
  annotations @2 :List(Annotation);
  discriminantValue @3 :UInt16 = Field.noDiscriminant;

  const noDiscriminant :UInt16 = 0xffff;
  # The tag of fields that are outside of the union.

  union {
    slot :group {
      offset @4 :UInt32;                      # In units of the type's size, or pointers
      type @5 :Type;
      defaultValue @6 :Value;
      hadExplicitDefault @10 :Bool;
    }
    group :group {
      typeId @7 :Id;
    }
  }

  ordinal :union {
    implicit @8 :Void;
    explicit @9 :UInt16;
  }
}

struct Enumerant {
  name @0 :Text;
  codeOrder @1 :UInt16;
  annotations @2 :List(Annotation);
}

struct Superclass {
  id @0 :Id;
  brand @1 :Brand;
}

struct Method $Swift.name("InterfaceMethod") {
  name @0 :Text;
  codeOrder @1 :UInt16;
  paramStructType @2 :Id;
  resultStructType @3 :Id;
  annotations @4 :List(Annotation);
  paramBrand @5 :Brand;
  resultBrand @6 :Brand;
  implicitParameters @7 :List(Node.Parameter);
}

struct Type $Swift.name("TypeReference") {
  union {
    void @0 :Void;
    bool @1 :Void;
    int8 @2 :Void;
    int16 @3 :Void;
    int32 @4 :Void;
    int64 @5 :Void;
    uint8 @6 :Void;
    uint16 @7 :Void;
    uint32 @8 :Void;
    uint64 @9 :Void;
    float32 @10 :Void;
    float64 @11 :Void;
    text @12 :Void;
    data @13 :Void;
    list :group {
      elementType @14 :Type;
    }
    enum :group {
      typeId @15 :Id;
      brand @21 :Brand;
    }
    struct :group {
      typeId @16 :Id;
      brand @22 :Brand;
    }
    interface :group {
      typeId @17 :Id;
      brand @23 :Brand;
    }
    anyPointer :union {
      unconstrained :union {
        anyKind @18 :Void;
        struct @25 :Void;
        list @26 :Void;
        capability @27 :Void;
      }
      parameter :group {
        scopeId @19 :Id;
        parameterIndex @20 :UInt16;
      }
      implicitMethodParameter :group {
        parameterIndex @24 :UInt16;
      }
    }
  }
}

struct Brand {
  # The arguments of a generic declaration, scope by scope.
  scopes @0 :List(Scope);

  struct Scope {
    scopeId @0 :Id;
    union {
      bind @1 :List(Binding);
      inherit @2 :Void;
    }
  }

  struct Binding {
    union {
      unbound @0 :Void;
      type @1 :Type;
    }
  }
}

struct Value $Swift.name("ConstantValue") {
  union {
    void @0 :Void;
    bool @1 :Bool;
    int8 @2 :Int8;
    int16 @3 :Int16;
    int32 @4 :Int32;
    int64 @5 :Int64;
    uint8 @6 :UInt8;
    uint16 @7 :UInt16;
    uint32 @8 :UInt32;
    uint64 @9 :UInt64;
    float32 @10 :Float32;
    float64 @11 :Float64;
    text @12 :Text;
    data @13 :Data;
    list @14 :AnyPointer;
    enum @15 :UInt16;
    struct @16 :AnyPointer;
    interface @17 :Void;
    anyPointer @18 :AnyPointer;
  }
}

struct Annotation {
  id @0 :Id;
  value @1 :Value;
  brand @2 :Brand;
}

enum ElementSize $Swift.name("ListEncoding") {
  empty @0;
  bit @1;
  byte @2;
  twoBytes @3;
  fourBytes @4;
  eightBytes @5;
  pointer @6;
  inlineComposite @7;
}
