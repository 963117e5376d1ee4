using System.CommandLine;
using ActorRuntime.Simulation.CommandLine;

var root = new RootCommand("Runs whole clusters from seeds, in one thread and in virtual time, under every fault there is, and checks every invariant after every step.")
{
    new RunCommand(), new ListCommand(), new ShrinkCommand(), new ScaleCommand(),
};
var parsed = root.Parse(args);
var code = await parsed.InvokeAsync().ConfigureAwait(false);
return parsed.Errors.Count > 0 ? ExitCode.BadUsage : code;
