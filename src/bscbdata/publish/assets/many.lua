-- Reads or writes many documents in one run of pandoc: a JSON list of tasks comes in, a JSON list of texts goes out.
-- Every document is read by itself, so footnotes, link names and heading ids of one chapter never meet another's.
local tasks = pandoc.json.decode(io.read('a'), false)
local options = pandoc.WriterOptions({ section_divs = true, html_math_method = 'mathml', wrap_text = 'none' })
local texts = {}
for place, task in ipairs(tasks) do
  local document = pandoc.read(task.text, task.from)
  texts[place] = pandoc.write(document, task.to, options)
end
io.write(pandoc.json.encode(texts))
