@0xb312981b2552a250;
# What two vats say to each other. Ids, ordinals and types are those of Cap'n Proto 1.4.0.

using Swift = import "../swift.capnp";
$Swift.module("CapnProtoRPC");
$Swift.namespace("RPCSchema");

struct Message {
  union {
    unimplemented @0 :Message;                # The receiver doesn't know that message, and sends it back
    abort @1 :Exception;                      # The connection ends

    # Level 0
    call @2 :Call;
    return @3 :Return;
    finish @4 :Finish;

    # Level 1
    resolve @5 :Resolve;
    release @6 :Release;

    obsoleteSave @7 :AnyPointer;
    bootstrap @8 :Bootstrap;
    obsoleteDelete @9 :AnyPointer;

    # Level 3
    provide @10 :Provide;
    accept @11 :Accept;

    # Level 4
    join @12 :Join;

    disembargo @13 :Disembargo;               # Level 1
  }
}

struct Bootstrap {
  # Asks for the capability that a vat offers to everybody.
  questionId @0 :UInt32;
  deprecatedObjectId @1 :AnyPointer;
}

struct Call {
  questionId @0 :UInt32;
  target @1 :MessageTarget;
  interfaceId @2 :UInt64;
  methodId @3 :UInt16;
  params @4 :Payload;
  sendResultsTo :union {
    caller @5 :Void;
    yourself @6 :Void;                        # A tail call: the results stay with the callee until they are taken
    thirdParty @7 :AnyPointer;
  }
  allowThirdPartyTailCall @8 :Bool;
  noPromisePipelining @9 :Bool;               # No call will be made on the results before they arrive
  onlyPromisePipeline @10 :Bool;              # Only calls on the results matter, not the results
}

struct Return {
  answerId @0 :UInt32;
  releaseParamCaps @1 :Bool = true;
  union {
    results @2 :Payload;
    exception @3 :Exception;
    canceled @4 :Void;
    resultsSentElsewhere @5 :Void;
    takeFromOtherQuestion @6 :UInt32;
    acceptFromThirdParty @7 :AnyPointer;
  }
  noFinishNeeded @8 :Bool;                    # The answer is forgotten at once; a Finish would be superfluous
}

struct Finish {
  questionId @0 :UInt32;
  releaseResultCaps @1 :Bool = true;
  requireEarlyCancellationWorkaround @2 :Bool = true;
}

struct Resolve {
  # Tells what a promise that was sent has become.
  promiseId @0 :UInt32;
  union {
    cap @1 :CapDescriptor;
    exception @2 :Exception;
  }
}

struct Release {
  id @0 :UInt32;
  referenceCount @1 :UInt32;
}

struct Disembargo {
  # Goes around the old path of a promise, so that no call overtakes those before it.
  target @0 :MessageTarget;
  context :union {
    senderLoopback @1 :UInt32;
    receiverLoopback @2 :UInt32;
    accept @3 :Void;
    provide @4 :UInt32;
  }
}

struct Provide {
  questionId @0 :UInt32;
  target @1 :MessageTarget;
  recipient @2 :AnyPointer;
}

struct Accept {
  questionId @0 :UInt32;
  provision @1 :AnyPointer;
  embargo @2 :Bool;
}

struct Join {
  questionId @0 :UInt32;
  target @1 :MessageTarget;
  keyPart @2 :AnyPointer;
}

struct MessageTarget {
  union {
    importedCap @0 :UInt32;
    promisedAnswer @1 :PromisedAnswer;
  }
}

struct Payload {
  content @0 :AnyPointer;
  capTable @1 :List(CapDescriptor);           # What the content's capability pointers are indexes of
}

struct CapDescriptor {
  union {
    none @0 :Void;
    senderHosted @1 :UInt32;
    senderPromise @2 :UInt32;                 # A Resolve follows
    receiverHosted @3 :UInt32;
    receiverAnswer @4 :PromisedAnswer;
    thirdPartyHosted @5 :ThirdPartyCapDescriptor;
  }
  attachedFd @6 :UInt8 = 0xff;                # Index of a file descriptor sent with the message; 255: none
}

struct PromisedAnswer {
  # A capability somewhere in the results of a question.
  questionId @0 :UInt32;
  transform @1 :List(Op);

  struct Op {
    union {
      noop @0 :Void;
      getPointerField @1 :UInt16;
    }
  }
}

struct ThirdPartyCapDescriptor {
  id @0 :AnyPointer;
  vineId @1 :UInt32;                          # A proxy at the sender, for receivers that can't reach the third party
}

struct Exception {
  reason @0 :Text;
  obsoleteIsCallersFault @1 :Bool;
  obsoleteDurability @2 :UInt16;
  type @3 :Type;
  trace @4 :Text;

  enum Type $Swift.name("Kind") {
    failed @0;
    overloaded @1;
    disconnected @2;
    unimplemented @3;
  }
}
