using System.Globalization;
using ActorRuntime;
using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster;
using ActorRuntime.Configuration;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Snapshot;
using ActorRuntime.Remote;
using Greenhouse;
using Greenhouse.Alarms;
using Greenhouse.Devices;
using Greenhouse.Lines;

// dotnet run -c Release --project docs/samples/Greenhouse [seconds]
// One node of its own, with its files in ./greenhouse-data: run it again, and it goes on where it was.
var seconds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20;
var config = ConfigurationFactory.ParseFile(Path.Combine(AppContext.BaseDirectory, "greenhouse.conf"));
Directory.CreateDirectory("greenhouse-data");
var environment = new ProductionEnvironment();
var journal = new SqliteJournalOptions { Path = "greenhouse-data/journal.db" };
var controlLog = new SqliteControlLogStore(new SqliteControlLogOptions { Path = "greenhouse-data/control-log.db" }, environment);
await controlLog.OpenAsync(CancellationToken.None);

await using var system = ActorSystem.Create("greenhouse", ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig(config),
        new EnvironmentSetup(environment),
        PersistenceSetup.Create()
            .WithJournal(_ => new SqliteJournal(journal, environment))
            .WithSnapshotStore(_ => new SqliteSnapshotStore(journal, environment)))
    .WithCluster(new ClusterSetup(controlLog, ClusterOptions.FromConfig(config)), RemoteOptions.FromConfig(config)));
await Persistence.Instance.Get(system).OpenAsync(CancellationToken.None);
await Cluster.Get(system).WhenUp;

var app = GreenhouseApp.Start(system);
var radio = system.ActorOf(Props.Create<SimulatedRadioActor>(), "radio");
foreach (var (id, place) in new[] { ("d1", "tomatoes"), ("d2", "cucumbers"), ("d3", "orchids") })
{
    await app.Devices.Ask<DeviceReport>(DeviceActor.To(id, new RegisterDevice(place, LimitCelsius: 26)));
    await app.Gateway.Ask<DeviceAttached>(new AttachDevice(id, radio));
}

await Task.Delay(TimeSpan.FromSeconds(seconds), environment.Time);
var lines = await app.Gateway.Ask<GatewayStatus>(new GetGatewayStatus());
foreach (var (id, line) in lines.Lines)
{
    var report = await app.Devices.Ask<DeviceReport>(DeviceActor.To(id, new GetReport()));
    Console.WriteLine($"{id} {report.Place}: line {line.State}, {report.Readings} readings, now {report.LastCelsius:0.0} °C{(report.IsTooWarm ? ", too warm" : "")}");
}

var alarms = await app.AlarmDesk.Ask<OpenAlarms>(AlarmDeskActor.To(new ListAlarms()));
Console.WriteLine($"{alarms.Alarms.Count} alarms nobody has looked after yet");
