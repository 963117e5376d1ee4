using ActorRuntime.Node.Demo;

namespace ActorRuntime.ProcessTests.Faults;

/// <summary>Compares what receivers persisted with the input: everything once, in order, byte for byte, from one sender at a time.</summary>
internal sealed class ReceiverCheck(FlowJournals journals, string[] flows, string inputFile)
{
    /// <param name="failAsync">Is told what is wrong, and throws.</param>
    public async Task RunAsync(Func<string, Task> failAsync)
    {
        var input = InputFile.Scan(inputFile, InputFile.LineBytesMax);
        var tallies = flows.Select(flow => new FlowTally(flow)).ToArray();
        try
        {
            foreach (var item in InputFile.ReadLines(inputFile, InputFile.LineBytesMax)) tallies[item.Line % flows.Length].Expect(item);
            for (var i = 0; i < flows.Length; i++)
            {
                await foreach (var fact in journals.ReadAsync(flows[i], CancellationToken.None)) tallies[i].Take(fact);
                if (tallies[i].Report() is { IsIntact: false } report) await failAsync($"{report}");
            }
            var digest = await MergedDigest.OfAsync(flows.Select(flow => journals.ReadAsync(flow, CancellationToken.None)), CancellationToken.None);
            if (digest != input.Sha256) await failAsync($"the receivers' items merge to {digest} instead of {input.Sha256}");
        }
        finally
        {
            foreach (var tally in tallies) tally.Dispose();
        }
    }
}
