@0xd1c3a86be9f14572;

interface Greeter {
  greet @0 (name :Text) -> (greeting :Text);
  remember @1 (name :Text) -> (friend :Friend);
}

interface Friend {
  greet @0 () -> (greeting :Text);
}
