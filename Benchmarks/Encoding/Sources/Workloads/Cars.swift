import BenchSchema
import CapnProto

/// Numbers: 200 cars of Cap'n Proto's carsales benchmark.
enum Cars {
    static let count = 200

    static func sum(_ root: AnyPointerReader) throws(CapnProtoError) -> UInt64 {
        var total: UInt64 = 0
        let lot = try root.structure(ParkingLot.self)
        let cars = try lot.cars
        for index in cars.indices { total &+= try sum(cars[index]) }
        return total
    }

    private static func sum(_ car: Car.Reader) throws(CapnProtoError) -> UInt64 {
        var total = UInt64(try car.make.count) &+ UInt64(try car.model.count) &+ UInt64(car.color.rawValue)
        total &+= UInt64(car.seats) &+ UInt64(car.doors)
        let wheels = try car.wheels
        for index in wheels.indices {
            let wheel = wheels[index]
            total &+= UInt64(wheel.diameter) &+ UInt64(wheel.airPressure.bitPattern) &+ (wheel.snowTires ? 1 : 0)
        }
        total &+= UInt64(car.length) &+ UInt64(car.width) &+ UInt64(car.height) &+ UInt64(car.weight)
        let engine = try car.engine
        total &+= UInt64(engine.horsepower) &+ UInt64(engine.cylinders) &+ UInt64(engine.cc)
        total &+= (engine.usesGas ? 1 : 0) &+ (engine.usesElectric ? 1 : 0)
        total &+= UInt64(car.fuelCapacity.bitPattern) &+ UInt64(car.fuelLevel.bitPattern)
        total &+= (car.hasPowerWindows ? 1 : 0) &+ (car.hasPowerSteering ? 1 : 0)
        return total &+ (car.hasCruiseControl ? 1 : 0) &+ UInt64(car.cupHolders) &+ (car.hasNavSystem ? 1 : 0)
    }

    static func build(_ message: inout MessageBuilder) {
        var lot = message.initRoot(ParkingLot.self)
        var cars = lot.initCars(count)
        for index in 0..<count {
            var car = cars[index]
            fill(&car, index)
        }
    }

    private static func fill(_ car: inout Car.Builder, _ index: Int) {
        car.setMake("Toyota")
        car.setModel("Prius")
        car.color = Color(rawValue: UInt16(index % 9))
        car.seats = UInt8(2 + index % 6)
        car.doors = UInt8(2 + index % 3)
        var wheels = car.initWheels(4)
        for position in 0..<4 {
            var wheel = wheels[position]
            wheel.diameter = UInt16(25 + index % 15)
            wheel.airPressure = Float(30 + index % 20)
            wheel.snowTires = index % 16 == 0
        }
        car.length = UInt16(170 + index % 150)
        car.width = UInt16(48 + index % 36)
        car.height = UInt16(54 + index % 48)
        car.weight = UInt32(3000 + index)
        var engine = car.initEngine()
        engine.horsepower = UInt16(100 + index % 400)
        engine.cylinders = UInt8(4 + 2 * (index % 3))
        engine.cc = UInt32(800 + index % 10000)
        engine.usesGas = true
        engine.usesElectric = index % 2 == 0
        car.fuelCapacity = Float(10 + index % 30)
        car.fuelLevel = Float(index % 10)
        car.hasPowerWindows = index % 2 == 0
        car.hasPowerSteering = index % 3 == 0
        car.hasCruiseControl = index % 5 == 0
        car.cupHolders = UInt8(index % 12)
        car.hasNavSystem = index % 7 == 0
    }
}
