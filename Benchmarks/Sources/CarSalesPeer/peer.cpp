// The C++ side of capnp-bench: the same cars, the same sums.
#include "CarSalesPeer.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include "carsales.capnp.h"

static uint64_t sum(ParkingLot::Reader lot) {
  uint64_t total = 0;
  for (Car::Reader car : lot.getCars()) {
    total += car.getMake().size() + car.getModel().size() + (uint16_t)car.getColor() + car.getSeats() + car.getDoors();
    for (Wheel::Reader wheel : car.getWheels()) {
      total += wheel.getDiameter() + (uint64_t)wheel.getAirPressure() + wheel.getSnowTires();
    }
    total += car.getLength() + car.getWidth() + car.getHeight() + car.getWeight();
    Engine::Reader engine = car.getEngine();
    total += engine.getHorsepower() + engine.getCylinders() + engine.getCc() + engine.getUsesGas() + engine.getUsesElectric();
    total += (uint64_t)car.getFuelCapacity() + (uint64_t)car.getFuelLevel();
    total += car.getHasPowerWindows() + car.getHasPowerSteering() + car.getHasCruiseControl() + car.getCupHolders() +
             car.getHasNavSystem();
  }
  return total;
}

uint64_t peer_read(const uint8_t *frame, size_t bytes, long rounds) {
  kj::Array<capnp::word> words = kj::heapArray<capnp::word>(bytes / sizeof(capnp::word));
  memcpy(words.begin(), frame, bytes);
  uint64_t total = 0;
  for (long round = 0; round < rounds; round++) {
    capnp::FlatArrayMessageReader message(words);
    total += sum(message.getRoot<ParkingLot>());
  }
  return total;
}

static void fill(Car::Builder car, int index) {
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

uint64_t peer_build(int cars, long rounds) {
  uint64_t total = 0;
  for (long round = 0; round < rounds; round++) {
    capnp::MallocMessageBuilder message;
    auto list = message.initRoot<ParkingLot>().initCars(cars);
    for (int index = 0; index < cars; index++) fill(list[index], index);
    kj::Array<capnp::word> flat = capnp::messageToFlatArray(message);
    total += flat.size() * sizeof(capnp::word);
  }
  return total;
}
