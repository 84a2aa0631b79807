// The C++ side of capnp-bench: the same messages, the same sums.
#include "Peer.h"

#include <capnp/message.h>
#include <capnp/serialize-packed.h>
#include <capnp/serialize.h>
#include <kj/io.h>
#include <stdlib.h>
#include <string.h>

#include <string>
#include <vector>

#include "carsales.capnp.h"
#include "catrank.capnp.h"
#include "eval.capnp.h"
#include "order.capnp.h"

namespace {

// The bits of a number, so that no side converts.
template <typename Bits, typename Number>
Bits bits(Number number) {
  static_assert(sizeof(Bits) == sizeof(Number), "as many bits as the number has");
  Bits result;
  memcpy(&result, &number, sizeof result);
  return result;
}

struct Draws {
  uint32_t state;
  uint32_t next(uint32_t bound) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % bound;
  }
};

// Numbers

uint64_t sumCars(ParkingLot::Reader lot) {
  uint64_t total = 0;
  for (Car::Reader car : lot.getCars()) {
    total += car.getMake().size() + car.getModel().size() + (uint16_t)car.getColor() + car.getSeats() + car.getDoors();
    for (Wheel::Reader wheel : car.getWheels()) {
      total += (uint64_t)wheel.getDiameter() + bits<uint32_t>(wheel.getAirPressure()) + wheel.getSnowTires();
    }
    total += car.getLength() + car.getWidth() + car.getHeight() + car.getWeight();
    Engine::Reader engine = car.getEngine();
    total += engine.getHorsepower() + engine.getCylinders() + engine.getCc() + engine.getUsesGas() + engine.getUsesElectric();
    total += (uint64_t)bits<uint32_t>(car.getFuelCapacity()) + bits<uint32_t>(car.getFuelLevel());
    total += car.getHasPowerWindows() + car.getHasPowerSteering() + car.getHasCruiseControl() + car.getCupHolders() +
             car.getHasNavSystem();
  }
  return total;
}

void fillCar(Car::Builder car, int index) {
  car.setMake("Toyota");
  car.setModel("Prius");
  car.setColor((Color)(index % 9));
  car.setSeats(2 + index % 6);
  car.setDoors(2 + index % 3);
  for (Wheel::Builder wheel : car.initWheels(4)) {
    wheel.setDiameter(25 + index % 15);
    wheel.setAirPressure(30 + index % 20);
    wheel.setSnowTires(index % 16 == 0);
  }
  car.setLength(170 + index % 150);
  car.setWidth(48 + index % 36);
  car.setHeight(54 + index % 48);
  car.setWeight(3000 + index);
  Engine::Builder engine = car.initEngine();
  engine.setHorsepower(100 + index % 400);
  engine.setCylinders(4 + 2 * (index % 3));
  engine.setCc(800 + index % 10000);
  engine.setUsesGas(true);
  engine.setUsesElectric(index % 2 == 0);
  car.setFuelCapacity(10 + index % 30);
  car.setFuelLevel(index % 10);
  car.setHasPowerWindows(index % 2 == 0);
  car.setHasPowerSteering(index % 3 == 0);
  car.setHasCruiseControl(index % 5 == 0);
  car.setCupHolders(index % 12);
  car.setHasNavSystem(index % 7 == 0);
}

// Text

struct Page {
  std::string url, snippet;
};

std::string word(Draws &draws, int length) {
  std::string result;
  for (int i = 0; i < length; i++) result += (char)(97 + draws.next(26));
  return result;
}

const std::vector<Page> &pages() {
  static const std::vector<Page> all = [] {
    std::vector<Page> result;
    Draws draws = {7};
    for (int i = 0; i < 100; i++) {
      Page page;
      int length = 20 + draws.next(60);
      page.url = "http://example.com/" + word(draws, length);
      int words = 30 + draws.next(40);
      for (int j = 0; j < words; j++) {
        int letters = 1 + draws.next(9);
        page.snippet += word(draws, letters) + " ";
      }
      if (draws.next(8) == 0) page.snippet += "cat ";
      if (draws.next(8) == 0) page.snippet += "dog ";
      result.push_back(page);
    }
    return result;
  }();
  return all;
}

uint64_t sumHits(Hits::Reader hits) {
  uint64_t total = 0;
  for (Hit::Reader hit : hits.getHits()) {
    capnp::Text::Reader snippet = hit.getSnippet();
    double score = hit.getScore();
    if (strstr(snippet.cStr(), " cat ") != nullptr) score *= 10000;
    if (strstr(snippet.cStr(), " dog ") != nullptr) score /= 10000;
    total += (bits<uint64_t>(score) >> 20) + hit.getUrl().size() + snippet.size();
  }
  return total;
}

// Pointers

int32_t evaluate(Expression::Reader expression) {
  int32_t left = 0, right = 0;
  switch (expression.getLeft().which()) {
    case Expression::Left::VALUE: left = expression.getLeft().getValue(); break;
    case Expression::Left::EXPRESSION: left = evaluate(expression.getLeft().getExpression()); break;
  }
  switch (expression.getRight().which()) {
    case Expression::Right::VALUE: right = expression.getRight().getValue(); break;
    case Expression::Right::EXPRESSION: right = evaluate(expression.getRight().getExpression()); break;
  }
  switch (expression.getOp()) {
    case Operation::ADD: return (int32_t)((uint32_t)left + (uint32_t)right);
    case Operation::SUBTRACT: return (int32_t)((uint32_t)left - (uint32_t)right);
    case Operation::MULTIPLY: return (int32_t)((uint32_t)left * (uint32_t)right);
    case Operation::DIVIDE: return right == 0 || right == -1 ? left : left / right;
    case Operation::MODULUS: return right == 0 || right == -1 ? left : left % right;
  }
  return 0;
}

void fillExpression(Expression::Builder expression, Draws &draws, uint32_t depth) {
  expression.setOp((Operation)draws.next(5));
  auto left = expression.getLeft();
  if (draws.next(12) < depth) {
    left.setValue((int32_t)draws.next(128) + 1);
  } else {
    fillExpression(left.initExpression(), draws, depth + 1);
  }
  auto right = expression.getRight();
  if (draws.next(12) < depth) {
    right.setValue((int32_t)draws.next(128) + 1);
  } else {
    fillExpression(right.initExpression(), draws, depth + 1);
  }
}

// Small

uint64_t sumOrder(Order::Reader order) {
  uint64_t total = order.getId() + order.getAccount() + bits<uint64_t>(order.getPrice()) + order.getQuantity();
  total += (uint16_t)order.getSide() + order.getUrgent();
  total += order.getSymbol().size() + order.getNote().size();
  for (uint32_t leg : order.getLegs()) total += leg;
  return total;
}

void build(int workload, capnp::MessageBuilder &message) {
  switch (workload) {
    case 0: {
      auto cars = message.initRoot<ParkingLot>().initCars(200);
      for (int index = 0; index < 200; index++) fillCar(cars[index], index);
      break;
    }
    case 1: {
      // Ranks anew, as the benchmark does: the texts come out of the message of another search.
      static capnp::MallocMessageBuilder *found = [] {
        auto result = new capnp::MallocMessageBuilder;
        build(4, *result);
        return result;
      }();
      auto sources = found->getRoot<Hits>().asReader().getHits();
      auto hits = message.initRoot<Hits>().initHits(sources.size());
      for (uint index = 0; index < sources.size(); index++) {
        Hit::Builder hit = hits[index];
        Hit::Reader source = sources[index];
        hit.setScore(source.getScore());
        hit.setUrl(source.getUrl());
        hit.setSnippet(source.getSnippet());
      }
      break;
    }
    case 4: {
      auto hits = message.initRoot<Hits>().initHits(pages().size());
      for (size_t index = 0; index < pages().size(); index++) {
        const Page &page = pages()[index];
        Hit::Builder hit = hits[index];
        hit.setScore(1000 - (double)index);
        hit.setUrl(capnp::Text::Reader(page.url.c_str(), page.url.size()));
        hit.setSnippet(capnp::Text::Reader(page.snippet.c_str(), page.snippet.size()));
      }
      break;
    }
    case 2: {
      Draws draws = {212};
      fillExpression(message.initRoot<Expression>(), draws, 0);
      break;
    }
    case 3: {
      auto order = message.initRoot<Order>();
      order.setId(0x0123456789ABCDEF);
      order.setAccount(42);
      order.setPrice(101.25);
      order.setQuantity(700);
      order.setSide(Side::SELL);
      order.setUrgent(true);
      order.setSymbol("HANZO.X");
      auto legs = order.initLegs(4);
      for (int index = 0; index < 4; index++) legs.set(index, 100 + index);
      order.setNote("as agreed on the phone on Tuesday morning, good until noon");
      break;
    }
  }
}

}  // namespace

uint64_t peer_read(int workload, const uint8_t *frame, size_t bytes, long rounds) {
  kj::Array<capnp::word> words = kj::heapArray<capnp::word>(bytes / sizeof(capnp::word));
  memcpy(words.begin(), frame, bytes);
  uint64_t total = 0;
  for (long round = 0; round < rounds; round++) {
    capnp::FlatArrayMessageReader message(words);
    switch (workload) {
      case 0: total += sumCars(message.getRoot<ParkingLot>()); break;
      case 1: total += sumHits(message.getRoot<Hits>()); break;
      case 2: total += (uint32_t)evaluate(message.getRoot<Expression>()); break;
      case 3: total += sumOrder(message.getRoot<Order>()); break;
    }
  }
  return total;
}

uint64_t peer_build(int workload, long rounds) {
  uint64_t total = 0;
  for (long round = 0; round < rounds; round++) {
    capnp::MallocMessageBuilder message;
    build(workload, message);
    kj::Array<capnp::word> flat = capnp::messageToFlatArray(message);
    total += flat.size() * sizeof(capnp::word);
  }
  return total;
}

uint64_t peer_pack(int workload, long rounds) {
  capnp::MallocMessageBuilder message;
  build(workload, message);
  std::vector<uint8_t> buffer(1 << 20);
  uint64_t total = 0;
  for (long round = 0; round < rounds; round++) {
    kj::ArrayOutputStream out(kj::arrayPtr(buffer.data(), buffer.size()));
    capnp::writePackedMessage(out, message);
    total += out.getArray().size();
  }
  return total;
}

uint64_t peer_unpack(const uint8_t *packed, size_t bytes, long rounds) {
  uint64_t total = 0;
  for (long round = 0; round < rounds; round++) {
    kj::ArrayInputStream in(kj::arrayPtr(packed, bytes));
    capnp::PackedMessageReader message(in);
    total += message.getRoot<capnp::AnyPointer>().isNull() ? 0 : 1;
  }
  return total;
}

size_t peer_frame(int workload, int packed, uint8_t *out, size_t capacity) {
  capnp::MallocMessageBuilder message;
  build(workload, message);
  kj::ArrayOutputStream stream(kj::arrayPtr(out, capacity));
  if (packed) {
    capnp::writePackedMessage(stream, message);
  } else {
    capnp::writeMessage(stream, message);
  }
  return stream.getArray().size();
}
