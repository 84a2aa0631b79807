import CapnProto
import CarSales
import CarSalesPeer

/// Reading and building the cars of Cap'n Proto's own benchmark, beside the C++ implementation, in turns within one run.
@main enum CapnProtoBenchmark {
    static let cars = 200
    static let turns = 9

    static func main() throws {
        let frame = try build(rounds: 1).frame
        print("\(cars) cars, \(frame.count) bytes; nanoseconds a car and the ratio to C++, medians of \(turns) turns")
        let message = try Message(framed: frame, limits: ReadLimits(traversalWords: .max))
        let checkSwift = try sum(message.root(ParkingLot.self))
        let checkPeer = frame.withUnsafeBufferPointer { peer_read($0.baseAddress, $0.count, 1) }
        guard checkSwift == checkPeer else { fatalError("the two don't read the same: \(checkSwift), \(checkPeer)") }

        let rounds = 3000
        compare("read", rounds) {
            try! read(frame, $0)
        } with: { rounds in
            frame.withUnsafeBufferPointer { peer_read($0.baseAddress, $0.count, rounds) }
        }
        compare("build", rounds / 3) {
            try! UInt64(build(rounds: $0).bytes)
        } with: {
            peer_build(Int32(cars), $0)
        }
    }

    /// Each round opens the message anew, as one that arrives is.
    static func read(_ frame: [UInt8], _ rounds: Int) throws -> UInt64 {
        var total: UInt64 = 0
        for _ in 0..<rounds {
            let message = try Message(framed: frame)
            total &+= try sum(message.root(ParkingLot.self))
        }
        return total
    }

    static func sum(_ lot: borrowing ParkingLot.Reader) throws -> UInt64 {
        var total: UInt64 = 0
        let cars = try lot.cars
        for index in cars.indices {
            let car = cars[index]
            total &+= UInt64(try car.make.count) &+ UInt64(try car.model.count) &+ UInt64(car.color.rawValue)
            total &+= UInt64(car.seats) &+ UInt64(car.doors)
            let wheels = try car.wheels
            for index in wheels.indices {
                let wheel = wheels[index]
                total &+= UInt64(wheel.diameter) &+ UInt64(wheel.airPressure) &+ (wheel.snowTires ? 1 : 0)
            }
            total &+= UInt64(car.length) &+ UInt64(car.width) &+ UInt64(car.height) &+ UInt64(car.weight)
            let engine = try car.engine
            total &+= UInt64(engine.horsepower) &+ UInt64(engine.cylinders) &+ UInt64(engine.cc)
            total &+= (engine.usesGas ? 1 : 0) &+ (engine.usesElectric ? 1 : 0)
            total &+= UInt64(car.fuelCapacity) &+ UInt64(car.fuelLevel)
            total &+= (car.hasPowerWindows ? 1 : 0) &+ (car.hasPowerSteering ? 1 : 0)
            total &+= (car.hasCruiseControl ? 1 : 0) &+ UInt64(car.cupHolders) &+ (car.hasNavSystem ? 1 : 0)
        }
        return total
    }

    static func build(rounds: Int) throws -> (frame: [UInt8], bytes: Int) {
        var frame: [UInt8] = []
        var bytes = 0
        for _ in 0..<rounds {
            var message = MessageBuilder()
            var lot = message.initRoot(ParkingLot.self)
            var list = lot.initCars(cars)
            for index in 0..<cars {
                var car = list[index]
                fill(&car, index)
            }
            frame = message.framed()
            bytes += frame.count
        }
        return (frame, bytes)
    }

    static func fill(_ car: inout Car.Builder, _ index: Int) {
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

    /// Takes turns, so that a noisy machine disturbs both.
    static func compare(
        _ name: String, _ rounds: Int, _ ours: (Int) -> UInt64, with peer: (Int) -> UInt64
    ) {
        var samples: [(ours: Double, peer: Double)] = []
        var total: UInt64 = 0
        let clock = ContinuousClock()
        for _ in 0..<turns {
            let ours = clock.measure { total &+= ours(rounds) }
            let peer = clock.measure { total &+= peer(rounds) }
            samples.append((nanoseconds(ours) / Double(rounds * cars), nanoseconds(peer) / Double(rounds * cars)))
        }
        let ratio = median(samples.map { $0.ours / $0.peer })
        print(
            "\(name): \(tenths(median(samples.map(\.ours)))), C++ \(tenths(median(samples.map(\.peer)))),",
            "ratio \((ratio * 100).rounded() / 100) (sum \(total))")
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    static func nanoseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1e9 + Double(duration.components.attoseconds) / 1e9
    }
    static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
